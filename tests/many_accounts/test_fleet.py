"""Six accounts at once: workers are killed, PostgreSQL restarts, and nothing lacks or is twice."""

from __future__ import annotations

from collections import Counter
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.demo.meltano import EXECUTABLE, ROOT, is_installed
from tests.end_to_end.conftest import unavailable_unless
from tests.many_accounts.fleet import DAGSTER, fleet_of, wait_until
from tests.servers import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.many_accounts.fleet import Fleet
    from tests.sandbox import Sandbox

pytestmark = [pytest.mark.meltano, pytest.mark.postgres, pytest.mark.slow]

STREAMS = ["contacts", "contact_tags", "lists"]
COLLECTIONS = {"contacts": "contacts", "contact_tags": "contactTags", "lists": "lists"}
CONTACTS = 150
# Many requests for few rows, and one a second less than the sandbox permits. So what is counted as
# 429 is what processes do to each other, not that a busy machine lets requests arrive unevenly.
SETTINGS = {"page_size": 10, "requests_per_second": 4}
ORDERS = str(ROOT / "examples" / "ticto-orders.jsonl")
# Nothing is taken away: rows that are removed from an account stay in the warehouse.
RULES = "segmentations: [{title: Buyers, event: authorized, tags: buyer}]"
BUYERS = [
    "alice.moura@example.com",
    "bruno.dias@example.com",
    "carla.reis@example.com",
    "emi.example@example.com",
    "flavia.sa@example.com",
    "gabriel.paz@example.com",
    "helena.rocha@example.com",
    "igor.lima@example.com",
]
SHOP = {"streams": STREAMS, "orders": ORDERS, "rules": "rules.yml"}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "anna": SHOP,
    "bruno": SHOP,
    **{name: {"streams": STREAMS} for name in ("carla", "diego", "elisa", "fabio")},
}
# One in the middle of its orders, one in the middle of its contacts.
KILLED, SHUT_OUT = ("anna", "carla"), "fabio"
# Buyers may become contacts only after the contacts were loaded.
RERUN = ("anna", "bruno", "carla", "fabio")
# So many requests of each account are answered before the bad things happen; there are some forty.
MIDDLE = 8
TOO_MANY_REQUESTS = 429


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    unavailable_unless(
        EXECUTABLE.exists() and is_installed("loaders", "target-postgres"),
        "REQUIRE_MELTANO",
        "Meltano is not installed; run 'make install'",
    )
    unavailable_unless(
        (DAGSTER / "celery").exists(),
        "REQUIRE_DAGSTER",
        "Dagster is not installed; run 'make .venv-dagster/.installed'",
    )
    unavailable_unless(
        program("initdb") is not None and program("createdb") is not None,
        "REQUIRE_POSTGRES",
        "PostgreSQL's programs are not installed, so no server can be started",
    )
    (tmp_path / "rules.yml").write_text(RULES, encoding="utf-8")
    with fleet_of(
        tmp_path, ACCOUNTS, contacts=CONTACTS, places=(3, 3), settings=SETTINGS
    ) as running:
        yield running


def test_six_accounts_are_loaded_whole_when_workers_are_killed_and_postgresql_restarts(
    fleet: Fleet,
) -> None:
    fleet.sandboxes[SHUT_OUT].faults.next("forbidden", "lists", times=None)
    go_on = Event()
    for sandbox in fleet.sandboxes.values():
        sandbox.hook(partial(wait_in_the_middle, sandbox, go_on))
    fleet.launch(list(ACCOUNTS))
    wait_until(lambda: all_are_in_the_middle(fleet), "all accounts are being read")

    for account in KILLED:
        fleet.kill_worker_of(account)
    fleet.server.stop()
    fleet.server.start()
    go_on.set()
    runs = fleet.wait_for_runs()
    assert latest(runs) == {**dict.fromkeys(ACCOUNTS, "SUCCESS"), SHUT_OUT: "FAILURE"}, runs
    assert [len(runs[account]) for account in KILLED] == [2, 2], "they are run again by themselves"
    assert_the_page_shows_what_failed(fleet)

    fleet.sandboxes[SHUT_OUT].faults.clear()
    writes = {name: writes_to(fleet, name) for name in ACCOUNTS}
    fleet.launch(RERUN)
    runs = fleet.wait_for_runs()
    assert latest(runs) == dict.fromkeys(ACCOUNTS, "SUCCESS"), runs
    assert {name: writes_to(fleet, name) for name in ACCOUNTS} == writes
    for name in ACCOUNTS:
        assert_rows_are_those_of_the_account(fleet, name)
    for name in ("anna", "bruno"):
        assert_orders_are_applied_once(fleet, name)
    statuses = Counter(
        request.status for sandbox in fleet.sandboxes.values() for request in sandbox.requests
    )
    assert statuses[TOO_MANY_REQUESTS] <= statuses.total() / 100, statuses


def wait_in_the_middle(sandbox: Sandbox, go_on: Event, *_: object) -> None:
    if len(sandbox.requests) > MIDDLE:
        go_on.wait(120)


def all_are_in_the_middle(fleet: Fleet) -> bool:
    return all(len(sandbox.requests) > MIDDLE for sandbox in fleet.sandboxes.values())


def latest(runs: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {account: statuses[0] for account, statuses in runs.items()}


def assert_the_page_shows_what_failed(fleet: Fleet) -> None:
    checks = {
        (account, stream): fleet.check_of(account, stream)
        for account in ACCOUNTS
        for stream in STREAMS
    }
    status, sentence = checks.pop((SHUT_OUT, "lists"))
    assert status == "FAILED"
    assert "Stream 'lists' was not read to its end" in str(sentence)
    assert {status for status, _ in checks.values()} == {"SUCCEEDED"}, checks


def writes_to(fleet: Fleet, account: str) -> int:
    return sum(request.method != "GET" for request in fleet.sandboxes[account].requests)


def assert_rows_are_those_of_the_account(fleet: Fleet, account: str) -> None:
    for stream in STREAMS:
        rows = fleet.rows(f'SELECT id FROM "{account}"."{stream}"')  # noqa: S608 - names of the test
        expected = fleet.sandboxes[account].account.rows(COLLECTIONS[stream])
        assert sorted(key for (key,) in rows) == sorted(int(row["id"]) for row in expected), (
            account,
            stream,
        )


def assert_orders_are_applied_once(fleet: Fleet, account: str) -> None:
    known = fleet.sandboxes[account].account
    (tag,) = [row["id"] for row in known.rows("tags") if row["tag"] == "buyer"]
    tagged = [row["contact"] for row in known.rows("contactTags") if row["tag"] == tag]
    emails = {row["id"]: row["email"] for row in known.rows("contacts")}
    assert sorted(emails[contact] for contact in tagged) == BUYERS
    assert len(set(emails.values())) == len(emails)
