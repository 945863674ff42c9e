// What the pages do beyond plain HTML: choosing from lists, live names of the account, charts.
// Everything is found by data attributes; nothing here is needed to read a page.
"use strict";

(() => {
  const each = (root, selector, act) => {
    if (root.matches && root.matches(selector)) act(root);
    root.querySelectorAll(selector).forEach(act);
  };

  // --- lists to choose from -----------------------------------------------------------------

  function beginChoosing(select) {
    if (select.tomselect || typeof TomSelect === "undefined") return;
    const words = select.dataset;
    const chooser = new TomSelect(select, {
      plugins: select.multiple ? { remove_button: { title: words.remove || "×" } } : [],
      create: "create" in words ? (input) => ({ value: input.trim(), text: input.trim() }) : false,
      createOnBlur: "create" in words,
      delimiter: words.delimiter || null,
      splitOn: words.delimiter ? new RegExp(`\\s*${words.delimiter}\\s*`) : null,
      persist: false,
      // Enter takes what has been typed by then, not what was shown a moment ago.
      refreshThrottle: 0,
      maxOptions: 300,
      hidePlaceholder: true,
      placeholder: words.placeholder || "",
      searchField: ["text", "value", "note"],
      closeAfterSelect: !select.multiple,
      render: {
        option: (item, escape) =>
          `<div>${escape(item.text)}${item.note ? `<small>${escape(item.note)}</small>` : ""}</div>`,
        option_create: (item, escape) =>
          `<div class="create">${escape(words.create)} <strong>${escape(item.input)}</strong></div>`,
        no_results: () => {
          const told = document.createElement("div");
          told.className = "no-results";
          told.textContent = words.none || "";
          return told;
        },
      },
    });
    const label = document.getElementById(`${select.id}-label`);
    if (label) chooser.control_input.setAttribute("aria-labelledby", label.id);
    const described = select.getAttribute("aria-describedby");
    if (described) chooser.control_input.setAttribute("aria-describedby", described);
    if (select.getAttribute("aria-invalid")) {
      chooser.control_input.setAttribute("aria-invalid", "true");
    }
  }

  // --- names that the account has now -------------------------------------------------------

  async function loadNames(status) {
    const { from, busy } = status.dataset;
    const text = status.querySelector("[data-text]");
    const again = status.querySelector("button");
    status.className = "live htmx-request";
    text.textContent = busy;
    again.hidden = true;
    let names;
    try {
      const answer = await fetch(from, { headers: { Accept: "application/json" } });
      names = await answer.json();
    } catch {
      names = { fault: status.dataset.failed };
    }
    status.className = names.fault ? "live live--bad" : "live live--good";
    text.textContent = names.fault || names.told;
    again.hidden = !names.fault;
    if (names.fault) return;
    each(document, "select[data-names]", (select) => {
      const chooser = select.tomselect;
      if (!chooser) return;
      for (const option of names[select.dataset.names] || []) {
        if (chooser.options[option.value]) chooser.updateOption(option.value, option);
        else chooser.addOption(option);
      }
      chooser.refreshOptions(false);
    });
    each(document, "datalist[data-names]", (list) => {
      list.replaceChildren(
        ...(names[list.dataset.names] || []).map((option) => {
          const one = document.createElement("option");
          one.value = option.value;
          one.label = option.text;
          return one;
        }),
      );
    });
  }

  // --- rows that can be added and removed ---------------------------------------------------

  document.addEventListener("click", (event) => {
    const adder = event.target.closest("[data-add-row]");
    if (adder) {
      const rows = document.getElementById(adder.dataset.addRow);
      const row = rows.querySelector("template").content.cloneNode(true);
      rows.append(row);
      rows.lastElementChild.querySelector("input").focus();
    }
    const remover = event.target.closest("[data-remove-row]");
    if (remover) remover.closest("[data-row]").remove();
  });

  // --- charts, drawn from the table beside them ---------------------------------------------

  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  function draw(figure) {
    if (typeof Chart === "undefined") return;
    const table = figure.querySelector("table");
    const heads = [...table.tHead.rows[0].cells].slice(1);
    const rows = [...table.tBodies[0].rows];
    const labels = rows.map((row) => row.cells[0].textContent.trim());
    const isLying = figure.dataset.chart === "lying";
    const datasets = heads.map((head, column) => ({
      label: head.textContent.trim(),
      data: rows.map((row) => Number(row.cells[column + 1].dataset.value)),
      backgroundColor: colour(head.dataset.colour || `series-${column + 1}`),
      borderRadius: 3,
      maxBarThickness: 34,
    }));
    if (figure.chart) figure.chart.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.color = colour("soft");
    const grid = { color: colour("line") };
    const whole = { precision: 0 };
    figure.chart = new Chart(figure.querySelector("canvas"), {
      type: "bar",
      data: { labels, datasets },
      options: {
        indexAxis: isLying ? "y" : "x",
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        interaction: { mode: "index", intersect: false, axis: isLying ? "y" : "x" },
        locale: document.documentElement.lang,
        plugins: {
          legend: { display: datasets.length > 1, position: "bottom", labels: { boxWidth: 12 } },
        },
        scales: {
          x: { stacked: true, grid: isLying ? grid : { display: false }, ticks: isLying ? whole : { maxRotation: 0, autoSkipPadding: 12 } },
          y: { stacked: true, grid: isLying ? { display: false } : grid, ticks: isLying ? { autoSkip: false } : whole, beginAtZero: true },
        },
      },
    });
  }

  const drawAll = () => each(document, "[data-chart]", draw);

  // --- begin --------------------------------------------------------------------------------

  function begin(root) {
    each(root, "select[data-choose]", beginChoosing);
    each(root, "[data-live]:not([data-begun])", (status) => {
      status.dataset.begun = "";
      status.querySelector("button").addEventListener("click", () => loadNames(status));
      loadNames(status);
    });
    each(root, "[data-send-on-change]:not([data-begun])", (form) => {
      form.dataset.begun = "";
      form.addEventListener("change", () => form.requestSubmit());
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    begin(document);
    drawAll();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    const wrong = document.querySelector("[aria-invalid='true']");
    if (wrong) (wrong.tomselect ? wrong.tomselect.control_input : wrong).focus();
  });
  document.addEventListener("htmx:load", (event) => begin(event.detail.elt));
})();
