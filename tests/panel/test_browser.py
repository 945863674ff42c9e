"""The panel in a real browser: the journey of someone who knows Ticto's panel and not ours.

The pictures of ``docs/panel.md`` are made on the way when PANEL_PICTURES names a directory.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import yaml
from playwright.sync_api import expect, sync_playwright

from target_activecampaign.events.identity import identify
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.outcome_store import NotedOutcome
from target_activecampaign.panel.order_index import orders_of
from target_activecampaign.panel.order_search import Filters
from target_activecampaign.panel.outcomes import ledger_accounts
from tests.inbox.samples import EMAIL, postback
from tests.panel.served import ServedPanel
from tests.panel.test_security import PAGES
from tests.target.support import buyer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

    from tests.sandbox import Sandbox

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
PICTURES = os.environ.get("PANEL_PICTURES")
NAMES = ["ana.souza", "bruno.lima", "carla.dias", "davi.rocha", "elisa.melo", "fabio.reis"]
DESK = {"width": 1200, "height": 800}
PHONE = {"width": 390, "height": 844}

# What can be used and has no name.
NAMELESS = """() => [...document.querySelectorAll(
  "a[href], button, input:not([type=hidden]), select:not(.tomselected), textarea, summary, canvas"
)].filter((one) => one.checkVisibility()).filter((one) => {
  const labelled = one.getAttribute("aria-labelledby");
  const name = one.getAttribute("aria-label")
    || (labelled && document.getElementById(labelled)?.textContent)
    || (one.labels && [...one.labels].map((label) => label.textContent).join(""))
    || one.textContent;
  return !name || !name.trim();
}).map((one) => one.outerHTML.slice(0, 120))"""

# Text whose contrast with its ground is less than WCAG's 4.5.
FAINT = """() => {
  const channels = (colour) => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((one) => {
      const share = one / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const groundOf = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const ground = channels(getComputedStyle(one).backgroundColor);
      if (ground[3] === 255) return ground;
    }
    return [255, 255, 255, 255];
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (element.closest(".unseen, .skip, .is-off, option, datalist, template")) continue;
    const [light, dark] = [channels(getComputedStyle(element).color), groundOf(element)]
      .map(luminance).sort((one, other) => other - one);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) {
      found.add(`${element.tagName}.${element.className}: ${contrast.toFixed(2)}`);
    }
  }
  return [...found];
}"""

# Page, colours and width -> the picture of it in the documentation.
PICTURED = {
    ("/", "light", 1200): "overview",
    ("/", "dark", 390): "phone",
    ("/segmentations", "light", 1200): "segmentations",
    ("/orders", "dark", 1200): "orders",
    ("/trial?order=3", "light", 1200): "trial",
}

expect.set_options(timeout=20_000)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason="no Chromium is installed; set CHROMIUM to one",
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian packages it."""
    with sync_playwright() as playwright:
        # Chromium has no sandbox of its own where tests run as root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def club(tmp_path: Path, sandbox: Sandbox) -> Iterator[ServedPanel]:
    """A panel without any rule, which applies what it receives at once."""
    target = {"api_url": sandbox.url, "api_token": sandbox.token}
    with ServedPanel(tmp_path / "club", target=target, apply_every_seconds=0.5) as served:
        served.panel.start()
        yield served


@pytest.fixture
def busy(panel: ServedPanel) -> ServedPanel:
    """A panel to which a month of orders has come, most of them applied."""
    chance = random.Random(7)
    products = [(70010, "Curso de Inglês"), (70020, "Clube de Inglês"), (70030, "Mentoria")]
    statuses = ["authorized"] * 6 + ["pix_created", "abandoned_cart", "refused", "refunded"]
    received: list[tuple[float, dict[str, Any]]] = []
    for number in range(140):
        product, name = chance.choice(products)
        item = {**postback()["item"], "product_id": product, "product_name": name}
        body = postback(number, status=chance.choice(statuses), item=item)
        body["customer"]["email"] = f"{chance.choice(NAMES)}{number}@example.com"
        received.append((30 * chance.random() ** 1.6, body))
    for days_ago, body in sorted(received, key=lambda one: -one[0]):
        panel.receive(body, days_ago=days_ago)
    note_all(panel, chance)
    return panel


def note_all(panel: ServedPanel, chance: random.Random) -> None:
    """Let the ledger say of most orders what became of them."""
    workspace = panel.panel.workspace
    panel.target_data.mkdir()
    ledger = Ledger(f"sqlite:///{panel.target_data / 'ledger.db'}", lock_dir=panel.target_data)
    account, *_ = ledger_accounts(workspace.target.values)
    kinds = [Outcome.APPLIED] * 7 + [Outcome.IGNORED, Outcome.OUTDATED, Outcome.LEFT_LIST]
    rules = ["Compra aprovada", "Compra aprovada", "Pix gerado", "Clube / Renovou"]
    noted = []
    for kept in panel.store.page_after(0, up_to=panel.store.highest_id() - 2, limit=500):
        (order,) = orders_of(kept.body, workspace.zone())
        keys = (account.account_key, account.base_url)
        identity = identify(order, account_key=keys[0], base_url=keys[1], key=ledger.key)
        outcome = chance.choice(kinds)
        fired = () if outcome is Outcome.IGNORED else (chance.choice(rules),)
        noted.append(NotedOutcome(identity.event_key, outcome, fired))
    ledger.outcomes.note(noted)
    ledger.close()
    while workspace.look():
        pass


@pytest.fixture
def window(browser: Browser, club: ServedPanel) -> Iterator[Page]:
    """A window in Portuguese, in which nothing may go wrong unseen."""
    with opened(browser, club, locale="pt-BR", viewport=DESK) as page:
        yield page


@contextlib.contextmanager
def opened(browser: Browser, panel: ServedPanel, **options: Any) -> Iterator[Page]:
    """Open a window; what the browser complains of fails the test."""
    context = browser.new_context(base_url=panel.address, **options)
    context.set_default_timeout(20_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # Answers such as 422 are what some pages are about.
    assert [one for one in complaints if "status of 4" not in one] == []


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Take a picture for the documentation, if that is wanted."""
    if PICTURES is not None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=Path(PICTURES) / f"panel-{name}.png", full_page=whole)


def choose(page: Page, label: str, *words: str, group: str | None = None) -> None:
    """Choose from a list by typing, as with a keyboard only."""
    place = page if group is None else page.get_by_role("group", name=group)
    box = place.get_by_role("combobox", name=label)
    for word in words:
        box.fill(word)
        page.locator(".ts-dropdown-content .option, .ts-dropdown-content .create").filter(
            has_text=word
        ).first.wait_for()
        box.press("Enter")
    box.press("Escape")


def post(panel: ServedPanel, body: dict[str, Any]) -> None:
    """Send a postback as Ticto does."""
    answer = requests.post(f"{panel.address}{panel.settings.path}", json=body, timeout=10)
    assert answer.status_code == 200


def wait_until(condition: Callable[[], object], seconds: float = 40) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.2)


def tags_of(sandbox: Sandbox, email: str) -> set[str]:
    """Return the tags of a contact."""
    return set(buyer(sandbox, email).get("tags", ()))


def test_someone_who_knows_the_panel_of_ticto_does_the_same_here(
    window: Page, club: ServedPanel, sandbox: Sandbox
) -> None:
    post(club, postback(1, status="pix_created"))
    make_integration(window, sandbox)
    write_rule(window, club)
    see_a_sale_applied(window, club, sandbox)
    mend_a_reject(window, club, sandbox)
    change_and_delete_the_rule(window, club)


def make_integration(page: Page, sandbox: Sandbox) -> None:
    """Make an integration, with a wrong key first, and test its connection."""
    page.goto("/")
    page.get_by_role("link", name="Integrações").click()
    page.get_by_role("link", name="Nova integração").first.click()
    page.get_by_label("Nome da conta").fill("Curso Teste")
    choose(page, "Produtos", "Curso Teste")
    page.get_by_label("Uma conta própria").check()
    page.get_by_label("Site API (URL)").fill(sandbox.url)
    page.get_by_label("Chave da API").fill("errada")
    page.get_by_role("button", name="Testar conexão").click()
    expect(page.get_by_role("alert")).to_contain_text("não aceita a chave da API")
    page.get_by_label("Chave da API").fill(sandbox.token)
    page.get_by_role("button", name="Testar conexão").click()
    expect(page.get_by_text("Conectado a")).to_be_visible()
    picture(page, "integration")
    page.get_by_role("button", name="Salvar").click()


def write_rule(page: Page, club: ServedPanel) -> None:
    """Write a rule with the lists that the account has now, and try it before saving it."""
    page.get_by_role("link", name="Nova segmentação").first.click()
    expect(page.get_by_text("6 listas")).to_be_visible()
    page.get_by_label("Título").fill("Boas-vindas")
    choose(page, "Executar a ação", "Compra aprovada", group="Quando o seu lead…")
    choose(page, "Do tipo", "Primeira venda")
    choose(page, "Lista", "Alunos")
    choose(page, "Tags", "cliente_vip", "turma_nova")
    order = page.get_by_label("Com um pedido recebido")
    order.select_option(index=1)
    page.get_by_role("button", name="Provar").click()
    expect(page.get_by_text("Esta regra não dispara.")).to_be_visible()
    expect(page.get_by_text("o evento é Pix gerado")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    picture(page, "segmentation", whole=True)
    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_role("status")).to_contain_text("“Boas-vindas” foi salva.")
    assert yaml.safe_load(club.rules())["integrations"][0]["segmentations"] == [
        {
            "title": "Boas-vindas",
            "event": "authorized",
            "type": "first_sale",
            "list": "Alunos",
            "tags": "cliente_vip;turma_nova",
        }
    ]


def see_a_sale_applied(page: Page, club: ServedPanel, sandbox: Sandbox) -> None:
    """Let a sale come, and look what became of it."""
    email = EMAIL.format(2)
    post(club, postback(2))
    wait_until(lambda: tags_of(sandbox, email) == {"cliente_vip", "turma_nova"})
    assert list(buyer(sandbox, email)["lists"]) == ["Alunos"]
    wait_until(lambda: club.panel.workspace.orders.page(Filters(outcome="applied")))
    page.get_by_role("link", name="Pedidos", exact=True).click()
    page.get_by_label("E-mail ou código").fill(email)
    page.get_by_role("button", name="Buscar").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert email not in page.content()
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("TOPTESTE00002")
    expect(page.get_by_text("As regras dele foram executadas.")).to_be_visible()
    expect(page.get_by_text("Curso Teste / Boas-vindas")).to_be_visible()


def mend_a_reject(page: Page, club: ServedPanel, sandbox: Sandbox) -> None:
    """Let a broken order come, mend it and send it again."""
    broken = postback(3)
    broken["customer"]["email"] = "fulana.teste3"
    post(club, broken)
    wait_until(lambda: club.panel.workspace.open_rejects() == 1)
    page.goto("/rejects")
    expect(page.get_by_text("O pedido não tem um e-mail utilizável.")).to_be_visible()
    picture(page, "rejects")
    page.get_by_role("link", name="Corrigir e enviar de novo").click()
    page.get_by_role("button", name="Enviar de novo").click()
    expect(page.locator("#body-fault")).to_contain_text("não tem um e-mail utilizável")
    box = page.get_by_label("O que a Ticto enviou")
    mended = box.input_value().replace('"fulana.teste3"', json.dumps(EMAIL.format(3)))
    box.fill(mended)
    page.get_by_role("button", name="Enviar de novo").click()
    expect(page.get_by_role("status")).to_contain_text("Voltou para a caixa de entrada")
    wait_until(lambda: "cliente_vip" in tags_of(sandbox, EMAIL.format(3)))
    expect(page.get_by_text("Nada espera por você")).to_be_visible()


def change_and_delete_the_rule(page: Page, club: ServedPanel) -> None:
    """Edit the rule, switch it off and delete it."""
    page.get_by_role("link", name="Segmentações").click()
    page.get_by_role("link", name="Boas-vindas", exact=True).click()
    page.get_by_label("Título").fill("Boas-vindas ao curso")
    page.get_by_role("button", name="Salvar").click()
    page.get_by_role("switch").click()
    expect(page.get_by_role("switch")).to_have_attribute("aria-checked", "false")
    page.get_by_role("link", name="Excluir Boas-vindas ao curso").click()
    page.get_by_role("button", name="Excluir").click()
    assert yaml.safe_load(club.rules())["integrations"][0]["segmentations"] == []


def test_a_rule_can_be_written_with_the_keyboard_alone(window: Page, club: ServedPanel) -> None:
    page = window
    page.goto("/segmentations/new?integration=")
    expect(page.get_by_text("6 listas")).to_be_visible()
    keys = page.keyboard
    page.get_by_label("Título").focus()
    keys.type("Por teclado")
    keys.press("Tab")
    keys.type("Reembolso")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.closest('.field').querySelector('select').id") == (
        "event"
    )
    page.get_by_role("combobox", name="Tags").focus()
    keys.type("reembolsado;")
    keys.press("Tab")
    page.get_by_role("button", name="Salvar").focus()
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("“Por teclado” foi salva.")
    assert yaml.safe_load(club.rules())["segmentations"] == [
        {"title": "Por teclado", "event": "refunded", "tags": "reembolsado"}
    ]


def test_the_first_field_that_is_wrong_has_the_focus_and_says_why(
    window: Page,
) -> None:
    page = window
    page.goto("/segmentations/new?integration=")
    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_role("alert")).to_contain_text("Nada foi salvo")
    title = page.get_by_label("Título")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-invalid", "true")
    described = page.locator(f"#{str(title.get_attribute('aria-describedby')).split()[0]}")
    expect(described).to_contain_text("está faltando")


def test_everything_has_a_name_that_a_screen_reader_can_say(
    browser: Browser, panel: ServedPanel
) -> None:
    panel.receive(postback(1))
    with opened(browser, panel, locale="en-US") as page:
        for path in PAGES:
            page.goto(path)
            nameless = page.evaluate(NAMELESS)
            assert nameless == [], path
            assert page.locator("h1").count() == 1, path
            assert page.evaluate("document.documentElement.lang") == "en-US"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_fits_and_can_be_read(
    browser: Browser, busy: ServedPanel, scheme: str, size: dict[str, int]
) -> None:
    options = {"locale": "pt-BR", "viewport": size, "color_scheme": scheme}
    with opened(browser, busy, **options) as page:
        for path in [*PAGES, "/trial?order=3"]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            assert page.evaluate(FAINT) == [], path
            name = PICTURED.get((path, scheme, size["width"]))
            if name is not None:
                picture(page, name)


def test_the_menu_of_a_phone_leads_everywhere(browser: Browser, panel: ServedPanel) -> None:
    with opened(browser, panel, locale="pt-BR", viewport=PHONE) as page:
        page.goto("/")
        expect(page.locator(".nav__link").first).to_be_hidden()
        page.get_by_label("Menu").click()
        page.get_by_role("navigation").get_by_role("link", name="Rejeitados").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Rejeitados")


def test_language_and_colours_are_chosen_and_kept(browser: Browser, panel: ServedPanel) -> None:
    with opened(browser, panel, locale="pt-BR", color_scheme="light") as page:
        page.goto("/orders?event=authorized")
        expect(page.get_by_role("heading", level=1)).to_have_text("Pedidos")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
        assert page.url.endswith("/orders?event=authorized")
        page.get_by_role("button", name="Dark").click()
        ground = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(ground) == "rgb(18, 20, 26)"
        page.goto("/rejects")
        assert page.evaluate(ground) == "rgb(18, 20, 26)"
        expect(page.get_by_role("heading", level=1)).to_have_text("Rejects")


def test_the_chart_is_drawn_from_the_table_beside_it(browser: Browser, panel: ServedPanel) -> None:
    panel.receive(postback(1), postback(2, status="refunded"))
    with opened(browser, panel, locale="pt-BR", viewport=DESK) as page:
        page.goto("/")
        page.wait_for_function("document.querySelector('[data-chart]').chart")
        drawn = page.evaluate(
            "document.querySelector('[data-chart]').chart.data.datasets.map("
            "(one) => [one.label, one.data.reduce((sum, number) => sum + number)])"
        )
        assert drawn == [["Pagos", 1], ["Reembolsados ou cancelados", 1]]


def test_the_second_window_is_told_and_can_save_all_the_same(
    browser: Browser, panel: ServedPanel
) -> None:
    edit = "/segmentations/edit?integration=&title=Pix+gerado"
    with (
        opened(browser, panel, locale="pt-BR", viewport=DESK) as first,
        opened(browser, panel, locale="pt-BR", viewport=DESK) as second,
    ):
        for page, tag in ((first, "primeira"), (second, "segunda")):
            page.goto(edit)
            expect(page.get_by_text("6 listas")).to_be_visible()
            choose(page, "Tags", tag)
        first.get_by_role("button", name="Salvar").click()
        expect(first.get_by_role("status")).to_contain_text("foi salva")
        second.get_by_role("button", name="Salvar").click()
        expect(second.get_by_role("heading", level=1)).to_contain_text("Outra pessoa mudou")
        expect(second.get_by_text("pix_gerado;primeira")).to_be_visible()
        picture(second, "conflict")
        second.get_by_role("button", name="Salvar a minha mesmo assim").click()
        expect(second.get_by_role("status")).to_contain_text("foi salva")
    assert "tags: pix_gerado;segunda" in panel.rules()
    assert "# Rules of the club" in panel.rules()
