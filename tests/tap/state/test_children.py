"""Children are asked for again when their parent changed, and then none is left out."""

from __future__ import annotations

import time
from datetime import timedelta
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from tests.tap.state.lab import FIRST_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request
    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

STREAM = "contact_tracking_logs"
SEEN, OTHER = "1", "2"
# An account that has these rows below each contact only.
WITHOUT_LIST = {"not_found": ("trackingLogs",)}


def log(lab: Lab, contact: str) -> int:
    """Add an event that does not change its contact."""
    return int(lab.account.insert("trackingLogs", contact=contact, subscriberid=contact))


def test_only_parents_that_changed_are_asked(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    first = lab.run(STREAM)
    assert len(first.records[STREAM]) == lab.account.count("trackingLogs")
    lab.later(days=2)
    lab.touch("contacts", SEEN)
    lab.later(days=2)
    second = lab.run(STREAM)
    below = {request.path for request in second.requests if request.path.startswith("contacts/")}
    # A contact without update stamp is judged by its creation stamp.
    assert below == {f"contacts/{SEEN}/trackingLogs"}
    lab.later(hours=1)
    third = {request.path for request in lab.run(STREAM).requests}
    assert third == {"contacts", "trackingLogs"}


def test_a_child_older_than_the_bookmark_is_emitted_when_its_parent_changes(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    lab.run(STREAM)
    lab.later(hours=1)
    late = log(lab, SEEN)
    lab.later(hours=1)
    newer = log(lab, OTHER)
    lab.touch("contacts", OTHER)
    lab.later(hours=1)
    # The bookmark passes the late one, whose parent was not asked.
    assert newer in lab.run(STREAM).ids(STREAM)
    assert late not in lab.received[STREAM]
    lab.later(hours=1)
    lab.touch("contacts", SEEN)
    lab.later(hours=1)
    assert late in lab.run(STREAM).ids(STREAM)


def test_start_date_holds_for_the_children_of_changed_parents(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    start_date = FIRST_RUN.isoformat()
    lab.run(STREAM, start_date=start_date)
    assert lab.received[STREAM] == {}
    lab.later(hours=1)
    new = log(lab, SEEN)
    lab.touch("contacts", SEEN)
    lab.later(hours=1)
    assert lab.run(STREAM, start_date=start_date).ids(STREAM) == [new]


def test_a_parent_that_changed_while_the_run_read_is_asked_again(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    late: list[int] = []

    def add(request: Request, account: Account) -> None:
        if request.path.endswith(f"/contacts/{OTHER}/trackingLogs") and not late:
            account.clock.advance(20)
            late.append(log(lab, SEEN))
            lab.touch("contacts", SEEN)

    lab.sandbox.hook(add)
    lab.run(STREAM, max_concurrent_requests=1)
    lab.later(hours=1)
    lab.run(STREAM)
    assert late[0] in lab.received[STREAM]


def test_a_clock_ahead_of_the_server_leaves_no_parent_out(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    ahead = timedelta(hours=1)

    def date_of_server(*_: Any, **__: Any) -> str:
        return formatdate(time.time() - ahead.total_seconds(), usegmt=True)

    with patch("tests.sandbox.wire.formatdate", date_of_server):
        lab.run(STREAM, ahead=ahead)
        assert lab.bookmark(STREAM)["parents_changed_since"] <= FIRST_RUN.isoformat()
        lab.later(minutes=10)
        late = log(lab, SEEN)
        lab.touch("contacts", SEEN)
        lab.later(minutes=10)
        assert late in lab.run(STREAM, ahead=ahead).ids(STREAM)


def test_parents_are_filtered_with_a_look_back(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    lab.run(STREAM)
    lab.later(hours=1)
    (request,) = lab.run(STREAM).asked("contacts")
    assert request.query["filters[updated_after]"] < "2026-03-01T12:00:01"


@pytest.mark.parametrize("remembered", ["yesterday", 5, ["2026-03-01"]])
def test_all_parents_are_asked_when_the_state_cannot_be_read(
    lab_with: Callable[..., Lab], remembered: Any
) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    whole = len(lab.run(STREAM).records[STREAM])
    lab.bookmark(STREAM)["parents_changed_since"] = remembered
    assert len(lab.run(STREAM).records[STREAM]) == whole


def test_a_bookmark_of_another_tap_chooses_the_parents(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=30, **WITHOUT_LIST)
    lab.touch("contacts", SEEN)
    lab.later(days=3)
    lab.state = {"bookmarks": {STREAM: FIRST_RUN.isoformat()}}
    run = lab.run(STREAM)
    below = {request.path for request in run.requests if request.path.startswith("contacts/")}
    assert below == {f"contacts/{SEEN}/trackingLogs"}
    assert run.ids(STREAM)
