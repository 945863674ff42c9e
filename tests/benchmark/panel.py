"""How long the pages of the panel take with many orders in the inbox."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.outcome_store import NotedOutcome
from target_activecampaign.inbox import bodies
from target_activecampaign.inbox.store import NewPostback, milliseconds_now
from tests.benchmark.figures import PanelFigures, percentile
from tests.benchmark.orders import EXAMPLES, order
from tests.benchmark.programs import ROOT, BenchmarkError
from tests.panel.served import ServedPanel, Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOGETHER = 2_000
_DAYS = 90
_OK = 200


def measure_panel(*, quick: bool) -> Iterator[PanelFigures]:
    """Fill an inbox, let the panel index it, and ask for every page again and again."""
    count, times = (2_000, 3) if quick else (100_000, 15)
    with TemporaryDirectory(prefix="benchmark-") as folder:
        rules = (ROOT / "examples" / "rules.yml").read_text(encoding="utf-8")
        account = {"api_url": "https://unused.api-us1.com", "api_token": "unused"}
        with ServedPanel(Path(folder) / "inbox", target=account, rules=rules) as panel:
            _fill(panel, count)
            began = time.monotonic()
            panel.index()
            index_seconds = time.monotonic() - began
            _note_outcomes(panel, count)
            _reject(panel, count // 100)
            visitor = Visitor(panel)
            for name, path in _pages(panel, count):
                yield _measured(visitor, name, path, count, times, index_seconds)
        shutil.rmtree(folder, ignore_errors=True)


def _pages(panel: ServedPanel, count: int) -> Iterator[tuple[str, str]]:
    index = panel.panel.workspace.index
    yield "Overview", "/"
    yield "Integrations", "/integrations"
    yield "Segmentations", "/segmentations"
    yield "Form of a segmentation", "/segmentations/edit?integration=&title=Compra+aprovada"
    yield "Trial of an order", f"/trial?order={count // 2}"
    yield "Orders", "/orders"
    yield "Orders, an old page", f"/orders?before={count // 10}"
    yield "Orders of an event and product", "/orders?event=refunded&product=70010"
    yield "Orders applied by a rule", "/orders?outcome=applied&rule=Compra+aprovada"
    yield "Orders of a buyer", f"/orders?buyer={index.email_key('buyer00000007@example.com')}"
    yield "An order", f"/orders/{count // 2}"
    yield "Rejects", "/rejects"


def _measured(
    visitor: Visitor, name: str, path: str, count: int, times: int, index_seconds: float
) -> PanelFigures:
    waits = []
    for _ in range(times):
        began = time.monotonic()
        answer = visitor.get(path)
        waits.append(time.monotonic() - began)
        if answer.status_code != _OK:
            raise BenchmarkError(f"{path} was answered {answer.status_code}.")
    return PanelFigures(
        page=name,
        orders=count,
        median_seconds=percentile(waits, 0.5),
        slowest_seconds=max(waits),
        index_seconds=index_seconds,
    )


def _fill(panel: ServedPanel, count: int) -> None:
    with EXAMPLES.open(encoding="utf-8") as lines:
        read = [json.loads(line) for line in lines]
    examples = [one for one in read if "order" in one and "transaction" in one]
    now = milliseconds_now()
    for begin in range(0, count, _TOGETHER):
        numbers = range(begin, min(begin + _TOGETHER, count))
        panel.store.add([_postback(examples, number, count, now) for number in numbers])


def _postback(examples: list[dict[str, Any]], number: int, count: int, now: int) -> NewPostback:
    body = bodies.from_record(order(examples[number % len(examples)], number))
    ago = (count - number) * _DAYS * 86_400_000 // count
    return NewPostback(now - ago, body.text, body.digest, body.status)


def _note_outcomes(panel: ServedPanel, count: int) -> None:
    """Let the ledger say what became of every order, and the panel see it."""
    workspace = panel.panel.workspace
    panel.target_data.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(f"sqlite:///{panel.target_data / 'ledger.db'}", lock_dir=panel.target_data)
    while workspace.look():
        pass
    with workspace.index.engine.connect() as connection:
        known = [str(row[0]) for row in connection.exec_driver_sql("SELECT event_key FROM keys")]
    names = ("Compra aprovada", "Deixou de ser lead", "Pix gerado", "Reembolso ou chargeback")
    noted = [
        NotedOutcome(key, Outcome.APPLIED if number % 20 else Outcome.IGNORED, (names[number % 4],))
        for number, key in enumerate(known)
    ]
    for begin in range(0, len(noted), _TOGETHER):
        ledger.outcomes.note(noted[begin : begin + _TOGETHER])
    ledger.close()
    # Some examples are no orders.
    if len(known) < count * 0.9:
        raise BenchmarkError(f"The panel knows {len(known)} of {count} orders.")
    while workspace.look():
        pass


def _reject(panel: ServedPanel, count: int) -> None:
    panel.target_data.mkdir(parents=True, exist_ok=True)
    line = {
        "stream": "postbacks",
        "reason": "The order has no usable e-mail address.",
        "what_to_do": "Correct the address in the record and feed it in again.",
        "time": "2026-03-02T12:00:00.000+00:00",
    }
    with (panel.target_data / "rejects.jsonl").open("w", encoding="utf-8") as file:
        for number in range(count):
            record = {"status": "authorized", "customer": {"email": f"broken{number}"}}
            file.write(json.dumps({**line, "record": record}) + "\n")
