from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from target_activecampaign.events.identity import identify
from target_activecampaign.events.ledger import Ledger
from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.outcome_store import NotedOutcome
from target_activecampaign.inbox.store import milliseconds_now
from target_activecampaign.inbox.tables import postbacks
from target_activecampaign.panel.index_tables import orders
from target_activecampaign.panel.order_index import orders_of
from target_activecampaign.panel.order_search import Filters
from target_activecampaign.panel.outcomes import STRENGTH, ledger_accounts
from tests.inbox.samples import EMAIL, postback
from tests.panel.conftest import RULES
from tests.panel.served import ServedPanel, Visitor, text_of

if TYPE_CHECKING:
    from pathlib import Path

    import requests

pytestmark = pytest.mark.slow

BROKEN = {**postback(9), "customer": {"name": "Fulana", "email": "nothing"}}


def codes(answer: requests.Response) -> list[str]:
    """Return the codes of the orders that a page lists."""
    return re.findall(r'<span class="mono small">(TOP\w+)</span>', answer.text)


def note(
    panel: ServedPanel, postback_id: int, outcome: Outcome, *rules: str, account: int = 0
) -> None:
    """Let the target's ledger say what became of a postback."""
    config = panel.panel.workspace.target.values
    panel.target_data.mkdir(exist_ok=True)
    ledger = Ledger(f"sqlite:///{panel.target_data / 'ledger.db'}", lock_dir=panel.target_data)
    (found,) = panel.store.with_ids([postback_id])
    (order,) = orders_of(found.body, panel.panel.workspace.zone())
    known = ledger_accounts(config)[account]
    identity = identify(
        order, account_key=known.account_key, base_url=known.base_url, key=ledger.key
    )
    ledger.outcomes.note([NotedOutcome(identity.event_key, outcome, rules, "the reason")])
    ledger.close()
    look(panel)


def look(panel: ServedPanel) -> None:
    """Let the panel see everything that is new."""
    while panel.panel.workspace.look():
        pass


def test_orders_are_listed_newest_first_with_a_part_of_the_address(
    panel: ServedPanel, visitor: Visitor
) -> None:
    panel.receive(*(postback(number) for number in range(3)))
    page = visitor.get("/orders")
    assert codes(page) == ["TOPTESTE00002", "TOPTESTE00001", "TOPTESTE00000"]
    assert "fu…@example.com" in page.text
    assert EMAIL.format(1) not in page.text
    assert "Waiting" in text_of(page)


def test_orders_are_found_by_address_code_event_and_product(
    panel: ServedPanel, visitor: Visitor
) -> None:
    other = {"product_id": 5, "product_name": "Outro"}
    panel.receive(postback(1), postback(2, status="refunded"), postback(3, item=other))

    def found(**fields: str) -> list[str]:
        answer = visitor.post("/orders/search", fields, page="/orders")
        assert "example.com" not in answer.headers["location"]
        return codes(visitor.follow(answer))

    assert found(words=f" {EMAIL.format(2).upper()} ") == ["TOPTESTE00002"]
    assert found(words="TOPTESTE00003") == ["TOPTESTE00003"]
    assert found(words="toptest%") == []
    assert found(event="refunded") == ["TOPTESTE00002"]
    assert found(product="5") == ["TOPTESTE00003"]
    assert found(event="refunded", product="5") == []
    assert found(words="nobody@example.com") == []


@pytest.mark.parametrize("filters", [Filters(product="90001"), Filters(rule="Compra aprovada")])
def test_a_page_is_found_by_an_index_and_not_sorted(panel: ServedPanel, filters: Filters) -> None:
    panel.receive(postback(1))
    asked: list[tuple[str, Any]] = []

    def notice(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    engine = panel.panel.workspace.index.engine
    sa.event.listen(engine, "before_cursor_execute", notice)
    panel.panel.workspace.orders.page(filters)
    sa.event.remove(engine, "before_cursor_execute", notice)
    ((statement, values),) = asked
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [row.detail for row in rows]
    assert not [step for step in plan if "SCAN" in step]
    assert not [step for step in plan if step == "USE TEMP B-TREE FOR ORDER BY"]


def test_every_order_is_on_exactly_one_page(panel: ServedPanel, visitor: Visitor) -> None:
    panel.receive(*(postback(number) for number in range(120)))
    seen: list[str] = []
    path: str | None = "/orders?event=authorized"
    while path:
        page = visitor.get(path)
        seen += codes(page)
        older = re.search(r'href="(/orders\?[^"]*before=[^"]*)"', page.text)
        path = older[1].replace("&amp;", "&") if older else None
    assert seen == [f"TOPTESTE{number:05d}" for number in reversed(range(120))]


def test_a_postback_of_several_orders_is_not_torn_apart_by_the_end_of_a_page(
    panel: ServedPanel, visitor: Visitor
) -> None:
    pair = []
    for number in range(30):
        body = postback(number)
        item = body.pop("item")
        pair.append({**body, "items": [item, {**item, "product_id": 5, "offer_code": "OTHER"}]})
    panel.receive(*pair, postback(99))
    first = visitor.get("/orders")
    older = re.search(r'href="(/orders\?[^"]*before=[^"]*)"', first.text)
    assert older is not None
    second = visitor.get(older[1].replace("&amp;", "&"))
    assert len(codes(first)) == 49
    assert len(codes(second)) == 12


@pytest.mark.parametrize("number", ["9" * 20, "9" * 5000])
def test_a_number_that_no_order_can_have_is_told(visitor: Visitor, number: str) -> None:
    assert visitor.get(f"/orders/{number}").status_code == 404
    assert visitor.get(f"/orders?before={number}").status_code == 200
    assert "There is no such order" in text_of(visitor.get(f"/trial?order={number}"))


def test_a_postback_that_holds_no_order_says_why(panel: ServedPanel, visitor: Visitor) -> None:
    (postback_id,) = panel.receive(BROKEN)
    page = text_of(visitor.get(f"/orders/{postback_id}"))
    assert "The order has no usable e-mail address." in page
    assert "Rejected" in page


def test_an_order_that_does_not_exist_is_told(visitor: Visitor) -> None:
    assert visitor.get("/orders/77").status_code == 404
    assert visitor.get("/orders/x").status_code == 404


def test_an_order_shows_what_else_came_of_its_buyer(panel: ServedPanel, visitor: Visitor) -> None:
    first, second, _ = panel.receive(postback(1, status="pix_created"), postback(1), postback(2))
    page = visitor.get(f"/orders/{second}")
    assert f'href="/orders/{first}"' in page.text
    assert codes(page) == ["TOPTESTE00001"]


# --- outcomes ---------------------------------------------------------------------------------


def test_what_became_of_an_order_is_shown_with_its_rules(
    panel: ServedPanel, visitor: Visitor
) -> None:
    first, second = panel.receive(postback(1), postback(2))
    note(panel, first, Outcome.APPLIED, "Compra aprovada")
    page = text_of(visitor.get(f"/orders/{first}"))
    assert "Applied Its rules have been carried out. Compra aprovada" in page
    assert "The target has not come to it yet." in text_of(visitor.get(f"/orders/{second}"))
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]
    assert codes(visitor.get("/orders?outcome=waiting")) == ["TOPTESTE00002"]
    assert codes(visitor.get("/orders?rule=Compra+aprovada")) == ["TOPTESTE00001"]
    assert codes(visitor.get("/orders?rule=Pix+gerado")) == []
    assert "Compra aprovada" in visitor.get("/orders").text


def test_an_outcome_that_changes_is_shown_as_it_is_now(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.IGNORED)
    assert codes(visitor.get("/orders?outcome=ignored")) == ["TOPTESTE00001"]
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    assert codes(visitor.get("/orders?outcome=ignored")) == []
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]


def test_an_outcome_that_was_noted_before_the_panel_saw_the_order_is_found(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (first,) = panel.receive(postback(1))
    note(panel, first, Outcome.APPLIED, "Compra aprovada")
    panel.receive(postback(1))
    look(panel)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001", "TOPTESTE00001"]


def test_of_several_accounts_the_one_where_most_was_done_counts(
    panel: ServedPanel, visitor: Visitor
) -> None:
    panel.rules_path.write_text(
        RULES.replace(
            "products: [70020]",
            "products: [70020]\n    api_url: https://b.api-us1.com\n    api_token: other",
        )
    )
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.IGNORED, account=1)
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada", account=0)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]
    page = text_of(visitor.get(f"/orders/{postback_id}"))
    assert "b.api-us1.com" in page
    assert "No rule is fired by it." in page


def test_every_outcome_of_the_target_is_known_here() -> None:
    assert set(STRENGTH) == {outcome.value for outcome in Outcome}


def test_outcomes_are_found_again_when_an_account_comes_or_goes(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    own = "products: [70020]\n    api_url: https://b.api-us1.com\n    api_token: other"
    panel.rules_path.write_text(RULES.replace("products: [70020]", own))
    look(panel)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]


def test_a_rule_file_that_is_broken_keeps_outcomes_as_they_are(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    panel.rules_path.write_text("segmentations: [")
    look(panel)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]


def test_what_was_done_stays_visible_while_all_rules_are_off(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    panel.rules_path.write_text("segmentations: []\n")
    look(panel)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00001"]


def test_another_ledger_knows_nothing_of_what_was_done(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    (panel.target_data / "ledger.db").unlink()
    note(panel, postback_id, Outcome.IGNORED)
    assert codes(visitor.get("/orders?outcome=applied")) == []
    assert codes(visitor.get("/orders?outcome=ignored")) == ["TOPTESTE00001"]


# --- the index --------------------------------------------------------------------------------


def test_the_index_is_made_anew_when_it_is_missing(tmp_path: Path) -> None:
    with ServedPanel(tmp_path / "one") as panel:
        panel.receive(postback(1))
    (tmp_path / "one" / "panel.db").unlink()
    with ServedPanel(tmp_path / "one") as panel:
        panel.index()
        assert codes(Visitor(panel).get("/orders")) == ["TOPTESTE00001"]


def test_a_group_that_commits_late_is_seen_with_what_became_of_it(
    panel: ServedPanel, visitor: Visitor
) -> None:
    """Another receiver has taken the first 200 ids, and commits after 200 more."""
    late = panel.receive(*(postback(number) for number in range(200)))
    with panel.store.transaction(writes=True) as connection:
        held_back = connection.execute(sa.select(postbacks)).mappings().all()
        connection.execute(sa.delete(postbacks))
    index = panel.panel.workspace.index
    with index.engine.begin() as connection:
        connection.execute(sa.delete(orders))
        index.put(connection, seen="0")
    panel.receive(*(postback(number) for number in range(200, 400)))
    note(panel, late[-1] + 1, Outcome.APPLIED, "Compra aprovada")
    with panel.store.transaction(writes=True) as connection:
        connection.execute(sa.insert(postbacks), [dict(row) for row in held_back])
    look(panel)
    note(panel, late[0], Outcome.APPLIED, "Compra aprovada")
    assert codes(visitor.get("/orders?code=TOPTESTE00000")) == ["TOPTESTE00000"]
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00200", "TOPTESTE00000"]


def test_what_is_known_is_not_written_again_at_every_look(panel: ServedPanel) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.APPLIED, "Compra aprovada")
    written: list[str] = []

    def notice(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement)

    sa.event.listen(panel.panel.workspace.index.engine, "before_cursor_execute", notice)
    look(panel)
    assert written == []


@pytest.mark.parametrize("behind_seconds", [0, 30])
def test_an_outcome_of_a_machine_whose_clock_is_behind_is_seen(
    panel: ServedPanel, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, behind_seconds: int
) -> None:
    first, second = panel.receive(postback(1), postback(2))
    note(panel, first, Outcome.APPLIED)
    late = time.time() - behind_seconds
    monkeypatch.setattr("target_activecampaign.events.outcome_store.time.time", lambda: late)
    note(panel, second, Outcome.APPLIED)
    assert codes(visitor.get("/orders?outcome=applied")) == ["TOPTESTE00002", "TOPTESTE00001"]


def test_what_the_inbox_forgets_is_forgotten(panel: ServedPanel, visitor: Visitor) -> None:
    (old,) = panel.receive(postback(1), days_ago=500)
    panel.receive(postback(2))
    note(panel, old, Outcome.APPLIED, "Compra aprovada")
    panel.panel.workspace.index.forget_before(milliseconds_now() - 400 * 86_400_000)
    assert codes(visitor.get("/orders")) == ["TOPTESTE00002"]
    assert codes(visitor.get("/orders?rule=Compra+aprovada")) == []


def test_a_body_that_cannot_be_read_does_not_keep_others_from_sight(
    panel: ServedPanel, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = orders_of

    def failing(body: str, zone: Any) -> Any:
        if "TOPTESTE00001" in body:
            raise ZeroDivisionError
        return real(body, zone)

    monkeypatch.setattr("target_activecampaign.panel.order_index.orders_of", failing)
    first, _ = panel.receive(postback(1), postback(2))
    assert codes(visitor.get("/orders")) == ["TOPTESTE00002"]
    assert "The panel cannot read it." in text_of(visitor.get(f"/orders/{first}"))


# --- sending again ----------------------------------------------------------------------------


def test_an_order_that_no_rule_fired_on_is_sent_again_once(
    panel: ServedPanel, visitor: Visitor
) -> None:
    (postback_id,) = panel.receive(postback(1))
    note(panel, postback_id, Outcome.IGNORED)
    page = f"/orders/{postback_id}"
    assert "Send again" in text_of(visitor.get(page))
    told = [visitor.follow(visitor.post(f"{page}/send", page=page)) for _ in range(2)]
    assert "in the inbox again" in text_of(told[0])
    assert "not sent a second time" in text_of(told[1])
    again = panel.store.highest_id()
    assert again == postback_id + 1
    sent, original = panel.store.with_ids([again, postback_id])
    assert sent.body == original.body
    assert f'href="/orders/{again}"' in visitor.get(page).text


def test_the_overview_counts_what_came_and_what_became_of_it(
    panel: ServedPanel, visitor: Visitor
) -> None:
    first, _, _ = panel.receive(postback(1), postback(2), BROKEN)
    note(panel, first, Outcome.APPLIED, "Compra aprovada")
    page = visitor.get("/")
    told = text_of(page)
    assert "Sales today 2" in told
    tables = re.findall(r"<tbody>(.*?)</tbody>", page.text, re.DOTALL)
    figures = [re.findall(r'<th scope="row">(.*?)</th>|data-value="(\d+)"', one) for one in tables]
    flat = [[name or number for name, number in one] for one in figures]
    assert ["Applied", "1"] in [flat[1][at : at + 2] for at in range(len(flat[1]))]
    assert ["Rejected", "1"] in [flat[1][at : at + 2] for at in range(len(flat[1]))]
    assert flat[2] == ["Compra aprovada", "1"]
