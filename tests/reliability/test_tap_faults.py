"""The tap against an account whose answers break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.reliability.bad_days import ALL_AT_ONCE, MENDED, HopelessDay, by_name, on_each
from tests.reliability.conftest import closed_port
from tests.reliability.own_trouble import on_each_trouble
from tests.reliability.tap_process import (
    TapRun,
    bad_day,
    bookmarks,
    good_day,
    run_tap,
    settings,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox import Sandbox
    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request

pytestmark = pytest.mark.slow

FAIL = {"unavailable_streams": "fail"}
HOPELESS = (
    HopelessDay("500 that stays", "status_500", ("tags", "500"), 2),
    HopelessDay("429 that stays", "status_429", ("tags", "limit"), 2),
    HopelessDay("connection always reset", "reset", ("tags", "connection"), 2),
    HopelessDay("empty bodies for ever", "empty", ("tags", "empty"), 2),
    HopelessDay("HTML for ever", "html", ("tags", "not JSON"), 2),
    HopelessDay("envelope never has its key", "missing_key", ("tags",), 2),
    HopelessDay("errors as text", "errors_string", ("tags", "422"), 1, FAIL),
    HopelessDay("errors as a list", "errors_list", ("tags", "422", "invalid"), 1, FAIL),
    HopelessDay("only a message", "message", ("tags", "422"), 1, FAIL),
    HopelessDay("403 that stays", "forbidden", ("tags", "permit"), 3, FAIL),
)
BEFORE = "2019-05-01T00:00:00+00:00"


def the_sentence(run: TapRun) -> str:
    """Return the one sentence with which the tap gave up."""
    assert run.status == 1, run.err
    assert "Traceback" not in run.err
    found = [line for line in run.err.splitlines() if "| CRITICAL" in line]
    assert len(found) == 1, run.err
    return found[0].split("|", 3)[3].strip()


def test_a_good_day_reads_every_row_of_the_account(undisturbed: TapRun, account: Sandbox) -> None:
    assert undisturbed.status == 0
    assert max(undisturbed.keys.values()) == 1
    for stream, collection in {
        "contacts": "contacts",
        "contact_tags": "contactTags",
        "tags": "tags",
        "lists": "lists",
        "deals": "deals",
        "contact_custom_fields": "fields",
    }.items():
        read = [key for key in undisturbed.keys if key[0] == stream]
        assert len(read) == account.account.count(collection), stream


def test_every_row_arrives_once_when_answers_break(undisturbed: TapRun, tmp_path: Path) -> None:
    verdicts = on_each(MENDED, lambda day: bad_day(day, tmp_path, undisturbed))
    assert {name: verdict for name, verdict in verdicts.items() if not verdict.is_good} == {}


def test_every_row_of_all_streams_arrives_once_when_everything_breaks(tmp_path: Path) -> None:
    good = good_day(tmp_path, streams=None)
    verdict = bad_day(ALL_AT_ONCE, tmp_path, good, streams=None)
    assert verdict.is_good, verdict
    assert verdict.faults > 20
    assert verdict.arrived == good.rows.total()


@pytest.mark.parametrize("day", HOPELESS, ids=by_name(HOPELESS))
def test_what_nothing_mends_is_one_sentence_and_state_stays(
    day: HopelessDay, account: Sandbox, tmp_path: Path
) -> None:
    account.clear_log()
    account.faults.next(day.kind, "tags", times=None, retry_after=0)
    before = {
        "bookmarks": {
            "tags": {"replication_key": "updated_timestamp", "replication_key_value": BEFORE}
        }
    }
    config = settings(account, max_retries=1, **day.settings)
    try:
        done = run_tap(config, tmp_path, streams=("tags",), state=before)
    finally:
        account.faults.clear()
    sentence = the_sentence(done)
    assert [word for word in day.sentence if word not in sentence] == []
    assert account.url.removeprefix("http://") not in done.out
    asked = [request for request in account.requests if request.path == "tags"]
    assert 1 <= len(asked) <= day.most_requests
    assert {bookmarks(state).get("tags", BEFORE) for state in done.states} <= {BEFORE}
    assert done.rows.total() == 0


def test_trouble_of_one_path_keeps_no_other_stream_from_being_read(
    undisturbed: TapRun, tmp_path: Path
) -> None:
    outcomes = on_each_trouble(tmp_path, undisturbed)
    assert {one.name: got for one, got in outcomes.items() if not got.is_good(one)} == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"api_url": "dead", "max_retries": 1}, ("connection", "127.0.0.1")),
        ({"api_token": "Wrong-Token-1234"}, ("does not accept the API token", "api_token")),
    ],
    ids=["server is down", "wrong token"],
)
def test_an_account_out_of_reach_is_one_sentence_and_nothing_is_emitted(
    change: dict[str, Any], words: tuple[str, ...], account: Sandbox, tmp_path: Path
) -> None:
    account.clear_log()
    change = dict(change)
    if change.get("api_url") == "dead":
        change["api_url"] = f"http://127.0.0.1:{closed_port()}"
    before = {"bookmarks": {"contacts": {"replication_key": "udate"}}}
    before["bookmarks"]["contacts"]["replication_key_value"] = BEFORE
    done = run_tap(settings(account, **change), tmp_path, streams=("contacts",), state=before)
    sentence = the_sentence(done)
    assert [word for word in words if word not in sentence] == []
    assert done.rows.total() == 0
    assert {bookmarks(state).get("contacts", BEFORE) for state in done.states} <= {BEFORE}
    # The token is checked, not tried again and again.
    assert len(account.requests) <= 3
    assert str(settings(account, **change)["api_token"]) not in done.err


@pytest.mark.parametrize("kind", ["forbidden", "errors_list"])
def test_a_403_or_422_that_stays_skips_its_stream_alone(
    account: Sandbox, undisturbed: TapRun, tmp_path: Path, kind: str
) -> None:
    account.faults.next(kind, "deals", times=None)
    try:
        done = run_tap(settings(account, max_retries=1), tmp_path)
    finally:
        account.faults.clear()
    assert done.status == 0
    deals = {row for row in undisturbed.rows if row.startswith('["deals"')}
    assert deals
    assert undisturbed.rows - done.rows == dict.fromkeys(deals, 1)
    assert not done.rows - undisturbed.rows
    assert "deals" not in bookmarks(done.states[-1])


def test_a_server_that_dies_in_the_middle_loses_nothing_over_two_runs(
    undisturbed: TapRun, tmp_path: Path, account: Sandbox
) -> None:
    account.clear_log()
    answered = 12

    def die(request: Request, held: Account) -> None:
        del request, held
        if len(account.requests) == answered:
            account.faults.next("status_503", times=None)

    account.hook(die)
    config = settings(account, max_retries=1)
    try:
        first = run_tap(config, tmp_path)
    finally:
        account.faults.clear()
        account.clear_log()
    the_sentence(first)
    assert first.rows
    assert undisturbed.rows - first.rows
    answered = -1
    state = first.states[-1] if first.states else None
    second = run_tap(config, tmp_path, state=state)
    assert second.status == 0
    assert not undisturbed.rows - (first.rows | second.rows)
    assert not (first.rows | second.rows) - undisturbed.rows
