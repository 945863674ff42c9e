"""The stream of orders, against a stand-in that behaves in every way that Ticto might."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from target_activecampaign.inbox.store import Store
from target_activecampaign.ticto_source.errors import TictoSourceError
from target_activecampaign.ticto_source.orders_api import OrdersApi
from target_activecampaign.ticto_source.settings import TictoApiSettings
from tests.sandbox.ticto import OrderBook, TictoBehaviour, TictoSandbox
from tests.sandbox.ticto.book import ZONE, read
from tests.ticto_source.runs import api_config, run_tap
from tests.ticto_source.test_postbacks import add

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

ORDERS = (
    "newest_first",
    "oldest_first",
    "changed_first",
    "shuffled",
    "newest_first_within_pages",
    "first_page_only",
)


def in_window(book: OrderBook, days: float = 30) -> list[str]:
    """Return the charges and items that changed within so many days."""
    start = datetime.now(ZONE) - timedelta(days=days)
    return sorted(key_of(row) for row in book.rows if read(row["updated_at"]) >= start)


def key_of(row: dict[str, Any]) -> str:
    return f"{row['transaction']['hash']} {row['product']['id']} {row['transaction']['status']}"


@pytest.mark.parametrize("order", ORDERS)
def test_each_row_of_the_window_comes_once_whatever_the_order(order: str) -> None:
    with TictoSandbox(orders=300, behaviour=TictoBehaviour(order=order)) as ticto:
        run = run_tap(api_config(ticto))
        assert sorted(key_of(row) for row in run.orders) == in_window(ticto.book)
        pages = -(-len(ticto.book.rows) // 20)
        is_proven = order in {"newest_first", "changed_first"}
        assert (ticto.count() < pages) is is_proven
        assert ticto.count("security/oauth/token") == 1


@pytest.mark.parametrize("meta", ["full", "texts", "absent"])
@pytest.mark.parametrize("links", [True, False])
def test_all_pages_are_read_however_their_number_is_told(meta: str, links: bool) -> None:
    behaviour = TictoBehaviour(order="oldest_first", meta=meta, links=links, page_rows=7)
    with TictoSandbox(orders=60, days=20, behaviour=behaviour) as ticto:
        run = run_tap(api_config(ticto))
        assert len(run.orders) == len(ticto.book.rows)


def test_several_items_and_charges_of_an_order_are_rows_of_their_own() -> None:
    book = OrderBook(orders=0)
    order = book.sell(bump=True, status="authorized")
    book.renew(order)
    with TictoSandbox(book) as ticto:
        rows = run_tap(api_config(ticto)).orders
    assert {row["order_hash"] for row in rows} == {order}
    assert len({row["item_key"] for row in rows}) == 3


def test_a_status_that_changes_in_place_comes_again_with_the_date_of_the_change() -> None:
    book = OrderBook(orders=0)
    order = book.sell(at=datetime.now(ZONE) - timedelta(days=60), status="authorized")
    with TictoSandbox(book) as ticto:
        assert run_tap(api_config(ticto)).orders == []
        book.change(order, "refunded", at=datetime(2030, 1, 2, 3, 4, 5, tzinfo=ZONE))
        run = run_tap(api_config(ticto))
        (row,) = run.orders
        assert row["transaction"]["status"] == "refunded"
        assert row["transaction"]["updated_at"] == "02/01/2030 03:04:05"
        assert row["changed_at"] == "2030-01-02T06:04:05+00:00"
        (again,) = run_tap(api_config(ticto), run.state).orders
        assert again == row


def test_the_window_is_as_long_as_the_setting_says_and_full_table_brings_everything() -> None:
    with TictoSandbox(orders=100) as ticto:
        run = run_tap(api_config(ticto, window_days=7))
        assert sorted(key_of(row) for row in run.orders) == in_window(ticto.book, 7)
        catalog = {
            "streams": [
                {
                    "tap_stream_id": "orders",
                    "stream": "orders",
                    "replication_method": "FULL_TABLE",
                    "schema": {"properties": {"order_hash": {"type": "string"}}},
                    "metadata": [{"breadcrumb": [], "metadata": {"selected": True}}],
                }
            ]
        }
        whole = run_tap(api_config(ticto), catalog=catalog)
        assert len(whole.orders) == len(ticto.book.rows)


def test_a_sale_made_while_pages_are_read_shifts_rows_and_none_is_lost_or_twice() -> None:
    book = OrderBook(orders=60, days=20)
    behaviour = TictoBehaviour(page_rows=10, at_page=lambda number: number > 1 and book.sell())
    with TictoSandbox(book, behaviour=behaviour) as ticto:
        before = in_window(book)
        rows = [key_of(row) for row in run_tap(api_config(ticto)).orders]
        assert set(before) <= set(rows)
        assert len(rows) == len(set(rows))


def test_a_row_that_moves_to_the_front_while_pages_are_read_is_not_lost() -> None:
    book = OrderBook(orders=60, days=20, bump_share=0, renewal_share=0)
    oldest = book.rows[0]["order"]["hash"]
    behaviour = TictoBehaviour(
        order="changed_first",
        page_rows=10,
        at_page=lambda number: book.change(oldest, "refunded") if number == 3 else None,
    )
    with TictoSandbox(book, behaviour=behaviour) as ticto:
        rows = run_tap(api_config(ticto)).orders
    statuses = {row["order_hash"]: row["transaction"]["status"] for row in rows}
    assert len(statuses) == 60
    assert statuses[oldest] == "refunded"


def test_a_server_that_gives_the_same_page_for_ever_ends_the_stream_with_a_sentence() -> None:
    with TictoSandbox(orders=90, behaviour=TictoBehaviour(ignore_page=True)) as ticto:
        run = run_tap(api_config(ticto))
        assert run.fault is not None
        assert "answers page 2 with the rows of page 1" in run.fault
    behaviour = TictoBehaviour(ignore_page=True, meta="absent", links=False, page_rows=500)
    with TictoSandbox(orders=90, days=20, behaviour=behaviour) as ticto:
        assert len(run_tap(api_config(ticto)).orders) == len(ticto.book.rows)


# --- tokens, limits, faults ---------------------------------------------------------------------


def test_a_token_is_renewed_before_it_expires() -> None:
    behaviour = TictoBehaviour(order="shuffled", token_seconds=0.4, page_rows=5)
    with TictoSandbox(orders=60, behaviour=behaviour) as ticto:
        behaviour.told_token_seconds = 0.4
        behaviour.at_page = lambda _: time.sleep(0.05)
        run = run_tap(api_config(ticto))
        assert run.fault is None
        assert ticto.count("security/oauth/token") > 1


def test_a_token_that_ends_before_its_time_is_replaced_once() -> None:
    with TictoSandbox(orders=100, behaviour=TictoBehaviour(order="shuffled")) as ticto:
        ticto.behaviour.at_page = lambda number: ticto.expire_tokens() if number == 3 else None
        run = run_tap(api_config(ticto))
        assert sorted(key_of(row) for row in run.orders) == in_window(ticto.book)
        assert ticto.count("security/oauth/token") == 2


def test_a_client_that_may_not_read_orders_is_told_so_after_one_new_token() -> None:
    with TictoSandbox(orders=5, behaviour=TictoBehaviour(token_seconds=0)) as ticto:
        run = run_tap(api_config(ticto))
        assert run.fault is not None
        assert "does not accept the token that it has just given" in run.fault
        assert ticto.count() == 2


def test_a_wrong_secret_gets_one_sentence_and_no_retry() -> None:
    with TictoSandbox(orders=5) as ticto:
        run = run_tap(api_config(ticto, client_secret="wrong-secret"))
        assert run.fault is not None
        assert "Ticto does not accept client_id and client_secret" in run.fault
        assert "wrong-secret" not in run.fault
        assert len(ticto.requests) == 1


@pytest.mark.parametrize("retry_after", [True, False])
def test_a_limit_is_waited_for(retry_after: bool) -> None:
    waited: list[float] = []
    with TictoSandbox(orders=20) as ticto:
        ticto.faults.next("status_429", times=3, retry_after=7 if retry_after else None)
        settings = TictoApiSettings.from_config(api_config(ticto))
        assert settings is not None
        api = OrdersApi(settings, sleep=waited.append)
        assert api.page(1).rows
        api.close()
    long = [seconds for seconds in waited if seconds >= 1]
    assert long == ([7.0] * 3 if retry_after else [2.0, 4.0, 8.0])


@pytest.mark.parametrize(
    "kind", ["status_500", "status_503", "reset", "truncated", "html", "empty", "truncated_length"]
)
def test_passing_faults_cost_retries_and_no_row(kind: str) -> None:
    with TictoSandbox(orders=60) as ticto:
        ticto.faults.next(kind, times=2, path="v1/orders/history", retry_after=0)
        ticto.faults.next(kind, times=1, path="security/oauth/token", retry_after=0)
        rows, waited = _all_rows(ticto)
        assert rows == len(ticto.book.rows)
        assert ticto.faults.count == 3
        assert len(waited) >= 3


def test_a_server_that_stays_down_gets_one_sentence() -> None:
    with TictoSandbox(orders=5) as ticto:
        ticto.faults.next("status_502", times=None)
        settings = TictoApiSettings.from_config(api_config(ticto, max_retries=3))
        assert settings is not None
        api = OrdersApi(settings, sleep=lambda _: None)
        with pytest.raises(TictoSourceError, match="status 502, also after 3 retries"):
            api.page(1)
        api.close()
        assert len(ticto.requests) == 0 or ticto.requests[-1][2] == 502


def test_a_redirect_is_not_followed_with_the_token() -> None:
    with TictoSandbox(orders=5) as ticto:
        run = run_tap(api_config(ticto, ticto_api_url=f"{ticto.url}/elsewhere"))
        assert run.fault is not None


# --- what is not known of a row -----------------------------------------------------------------


def test_values_that_do_not_fit_are_left_out_and_reported_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    book = OrderBook(orders=3, days=5, bump_share=0, renewal_share=0)
    for row in book._rows:  # noqa: SLF001 - a seller cannot make such rows
        row["commission"] = {"amount": 5}
        row["product"]["id"] = "90001"
        row["product"]["is_subscription"] = 1
        row["offer"] = []
        row["customer"]["phone"] = "11987654321"
        row["customer"]["name"] = "Ana\0"
        row["news"] = {"x": [1, "a\0"]}
    with TictoSandbox(book) as ticto, caplog.at_level(logging.WARNING):
        rows = run_tap(api_config(ticto)).orders
    assert [row["commission"] for row in rows] == [None] * 3
    first = rows[0]
    assert first["product"]["id"] == 90001
    assert first["product"]["is_subscription"] is True
    assert first["offer"] is None
    assert first["customer"]["phone"] == "11987654321"
    assert first["customer"]["name"] == "Ana"
    assert first["news"] == {"x": [1, "a"]}
    reports = [one.message for one in caplog.records if "not what is known" in one.message]
    assert len(reports) == 1
    assert "'commission'" in reports[0]


def test_rows_without_a_code_keep_a_key_of_their_own() -> None:
    book = OrderBook(orders=2, days=5, bump_share=0, renewal_share=0)
    for row in book._rows:  # noqa: SLF001 - a seller cannot make such rows
        row["order"], row["transaction"] = {}, {"status": "authorized"}
        del row["id"]
    with TictoSandbox(book) as ticto:
        rows = run_tap(api_config(ticto)).orders
    assert len({row["order_hash"] for row in rows}) == 2
    assert all(row["order_hash"] and row["item_key"] for row in rows)


# --- two streams --------------------------------------------------------------------------------


def test_the_trouble_of_one_stream_is_not_in_the_way_of_the_other(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    store = Store(url, create=True)
    add(store, 1)
    store.close()
    with TictoSandbox(orders=30) as ticto:
        wrong = run_tap(api_config(ticto, inbox_url=url, client_secret="wrong"))
        assert len(wrong.ids) == 1
        assert wrong.fault is not None
        assert wrong.fault.startswith("Stream 'orders'")
        gone = run_tap(api_config(ticto, inbox_url=f"{url}.gone"))
        assert sorted(key_of(row) for row in gone.orders) == in_window(ticto.book)
        assert gone.fault is not None
        assert gone.fault.startswith("Stream 'postbacks'")


def test_a_stream_without_its_settings_is_left_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    Store(url, create=True).close()
    assert run_tap({"inbox_url": url}).fault is None
    with TictoSandbox(orders=3) as ticto:
        assert run_tap(api_config(ticto)).fault is None
    nothing = run_tap({})
    assert nothing.fault is not None
    assert "There is nothing to read" in nothing.fault


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"client_id": "a"}, "The setting client_secret is missing"),
        ({"client_secret": "a"}, "The setting client_id is missing"),
        (
            {"client_id": "a", "client_secret": "s3cret", "ticto_api_url": "http://example.com"},
            "which would send the client secret in clear text to example.com",
        ),
        (
            {"client_id": "a", "client_secret": "s3cret", "ticto_api_url": "ftp://example.com"},
            "must look like https://",
        ),
        (
            {"client_id": "a", "client_secret": "s3cret", "ticto_api_url": "https://u:p@h/api"},
            "must not contain a user name",
        ),
    ],
)
def test_settings_that_cannot_work_get_one_sentence(
    settings: dict[str, Any], sentence: str
) -> None:
    run = run_tap(settings)
    assert run.fault is not None
    assert sentence in run.fault
    assert "s3cret" not in run.fault


def _all_rows(ticto: TictoSandbox) -> tuple[int, list[float]]:
    waited: list[float] = []
    settings = TictoApiSettings.from_config(api_config(ticto))
    assert settings is not None
    api = OrdersApi(settings, sleep=waited.append)
    try:
        return sum(len(page.rows) for page in api.pages()), waited
    finally:
        api.close()
