"""Reading newest first, against servers that do something else than they were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account
    from tests.sandbox.wire import Request
    from tests.tap.state.lab import Lab

pytestmark = pytest.mark.slow

STREAM, PATH = "contact_tags", "contactTags"
# The reference names the order, but the tap takes nobody's word for it.
HONOURED: dict[str, Any] = {"honoured_orders": "documented"}
IGNORED: dict[str, Any] = {"honoured_orders": "none"}


def whole(lab: Lab) -> int:
    """Return how many requests the whole collection takes."""
    return -(-(lab.account.count(PATH) - 1) // 99)


def touch(lab: Lab, *positions: int) -> set[int]:
    """Change rows an hour before the next run."""
    lab.later(hours=1)
    rows = lab.account.rows(PATH)
    ids = [rows[position]["id"] for position in positions]
    for row_id in ids:
        lab.account.touch(PATH, row_id, cdate=lab.account.stamp_now())
    lab.later(hours=1)
    return {int(row_id) for row_id in ids}


class HiddenRow:
    """Hides a row from whoever asks for an order, as an index that lags would."""

    def __init__(self, lab: Lab) -> None:
        self.account = lab.account
        self.row_id = lab.account.insert(PATH, contact="1", tag="1")
        self.row = dict(lab.account.row(PATH, self.row_id))
        self.is_hidden = False
        self.hides = True
        lab.sandbox.hook(self)

    def __call__(self, request: Request, account: Account) -> None:
        if not request.path.endswith(PATH):
            return
        hide = self.hides and bool(request.query.orders)
        held = account.collection(PATH)
        with account.lock:
            if hide and not self.is_hidden:
                self.row = dict(account.row(PATH, self.row_id))
                held.remove(int(self.row_id))
            elif self.is_hidden and not hide:
                held.keep(int(self.row_id), self.row)
            self.is_hidden = hide


@pytest.mark.parametrize(
    "honoured",
    [
        pytest.param("none", id="ignored"),
        pytest.param({PATH: "first_page_only"}, id="first-page-only"),
        pytest.param("all", id="honoured"),
    ],
)
def test_every_change_is_emitted_whatever_the_server_makes_of_the_order(
    lab_with: Callable[..., Lab], honoured: Any
) -> None:
    lab = lab_with(contacts=400, honoured_orders=honoured)
    lab.run(STREAM)
    for spread in ((0, 300, 599), range(0, 600, 3), (1,)):
        touched = touch(lab, *spread)
        assert set(lab.run(STREAM).ids(STREAM)) >= touched


@pytest.mark.parametrize("other", ["contact", "id", "tag"])
def test_every_change_is_emitted_when_the_server_sorts_by_something_else(
    lab_with: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    held = lab.account.collection(PATH)

    def sorted_by_another(*_: Any) -> list[int]:
        rows = sorted(held.rows(), key=lambda row: int(row[other]), reverse=True)
        return [int(row["id"]) for row in rows]

    monkeypatch.setattr(held, "select", sorted_by_another)
    for spread in ((0, 300, 599), (250,)):
        touched = touch(lab, *spread)
        run = lab.run(STREAM)
        assert set(run.ids(STREAM)) >= touched
        assert len(run.asked(PATH)) >= whole(lab)


def test_rows_without_a_second_page_are_read_whole_and_audited(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=20, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    hidden = HiddenRow(lab)
    lab.later(hours=1)
    assert int(hidden.row_id) not in lab.run(STREAM).ids(STREAM)
    lab.later(days=7)
    assert int(hidden.row_id) in lab.run(STREAM).ids(STREAM)


def test_the_audit_emits_a_hidden_row_warns_once_and_ends_the_shortcut(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    hidden = HiddenRow(lab)
    touched = touch(lab, 5, 500)
    shortcut = lab.run(STREAM)
    assert set(shortcut.ids(STREAM)) >= touched
    assert int(hidden.row_id) not in shortcut.ids(STREAM)
    assert len(shortcut.asked(PATH)) <= 3

    lab.later(days=7)
    audit = lab.run(STREAM)
    assert int(hidden.row_id) in audit.ids(STREAM)
    assert len(audit.ids(STREAM)) == len(set(audit.ids(STREAM)))
    assert [text for text in audit.warnings(STREAM) if "hid 1 changed rows" in text]

    for _ in range(2):
        lab.later(days=8)
        after = lab.run(STREAM)
        assert after.warnings(STREAM) == []
        assert not [request for request in after.requests if "orders" in str(request.query)]
        assert len(after.asked(PATH)) == whole(lab)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="order-breaks"),
        pytest.param({"full_read_every_days": 0}, id="shortcut-turned-off"),
    ],
)
def test_a_full_read_before_the_audit_is_due_emits_what_the_shortcut_missed(
    lab_with: Callable[..., Lab], settings: dict[str, Any]
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    hidden = HiddenRow(lab)
    touch(lab, 5, 500)
    assert int(hidden.row_id) not in lab.run(STREAM).ids(STREAM)

    lab.later(hours=1)
    lab.sandbox.behaviour.honoured_orders = "none"
    run = lab.run(STREAM, **settings)
    assert len(run.asked(PATH)) >= whole(lab)
    assert int(hidden.row_id) in run.ids(STREAM)


def test_a_row_that_stops_hiding_is_emitted_by_the_next_full_read(
    lab_with: Callable[..., Lab],
) -> None:
    """The newest-first pages meet it behind the bookmark; that must not count as emitted."""
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    hidden = HiddenRow(lab)
    touch(lab, 5, 500)
    lab.run(STREAM)

    lab.later(hours=1)
    hidden.hides = False
    lab.sandbox.behaviour.honoured_orders = {PATH: "first_page_only"}
    # So many changes that the bookmark is not on the first page.
    touch(lab, *range(0, 590, 5))
    assert int(hidden.row_id) in lab.run(STREAM).ids(STREAM)


def test_no_shortcut_is_taken_when_every_run_is_to_read_whole(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM, full_read_every_days=0)
    touched = touch(lab, 5, 500)
    run = lab.run(STREAM, full_read_every_days=0)
    assert set(run.ids(STREAM)) >= touched
    assert len(run.asked(PATH)) == whole(lab)
    assert not [request for request in run.requests if "orders" in str(request.query)]


def test_a_server_that_refuses_the_order_is_read_whole(lab_with: Callable[..., Lab]) -> None:
    lab = lab_with(contacts=400, **IGNORED)
    lab.run(STREAM)
    touched = touch(lab, 5, 500)
    lab.sandbox.faults.next("errors_list", path=PATH)
    run = lab.run(STREAM)
    assert {request.status for request in run.asked(PATH)} == {200, 422}
    assert set(run.ids(STREAM)) >= touched
    assert run.warnings(STREAM) == []


def test_a_passing_break_of_the_order_ends_the_shortcut_for_the_audit_period_only(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    lab.sandbox.behaviour.honoured_orders = "none"
    lab.run(STREAM)
    assert lab.bookmark(STREAM)["newest_first"]["trust"] == "broken"
    lab.sandbox.behaviour.honoured_orders = HONOURED["honoured_orders"]
    costs = []
    for _ in range(10):
        lab.later(days=1)
        costs.append(len(lab.run(STREAM).asked(PATH)))
    # Read whole for a week, though each day is a full read; then tried again.
    assert min(costs[:5]) == whole(lab)
    assert costs[-1] <= 3


def test_the_end_is_looked_at_before_the_first_early_stop_only(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    last = str(lab.account.count(PATH) - 100)
    first, *others = [
        [request.query["offset"] for request in lab.run(STREAM).asked(PATH)] for _ in range(3)
    ]
    assert first == ["0", last]
    assert others == [["0"], ["0"]]


def test_no_early_stop_is_made_when_newer_rows_stand_at_the_end(
    lab_with: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    held = lab.account.collection(PATH)
    sorted_rows = held.select

    def with_the_newest_at_the_end(*arguments: Any) -> list[int]:
        keys = list(sorted_rows(*arguments))
        return [*keys[10:], *keys[:10]]

    monkeypatch.setattr(held, "select", with_the_newest_at_the_end)
    touched = touch(lab, 5, 500)
    run = lab.run(STREAM)
    assert set(run.ids(STREAM)) >= touched
    assert len(run.asked(PATH)) >= whole(lab)


def test_a_row_that_came_later_than_its_stamp_says_is_emitted_by_the_audit(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=400, **HONOURED)
    lab.run(STREAM)
    lab.later(hours=1)
    old = {"cdate": "2023-01-02T03:04:05-06:00", "updated_timestamp": "2023-01-02 03:04:05"}
    late = int(lab.account.insert(PATH, contact="1", tag="1", **old))
    assert late not in lab.run(STREAM).ids(STREAM)
    lab.later(days=8)
    audit = lab.run(STREAM)
    assert late in audit.ids(STREAM)
    assert audit.warnings(STREAM) == []
    # Once: the audit after it knows the row.
    lab.later(days=8)
    assert late not in lab.run(STREAM).ids(STREAM)


def test_rows_that_are_only_added_are_found_by_their_creation_though_they_are_keyed_on_change(
    lab_with: Callable[..., Lab],
) -> None:
    lab = lab_with(contacts=1000)
    lab.run("bounce_logs", STREAM)
    lab.later(hours=1)
    bounce = int(lab.account.insert("bounceLogs", contact="1"))
    link = int(lab.account.insert(PATH, contact="1", tag="1"))
    lab.later(hours=1)
    run = lab.run("bounce_logs", STREAM)
    assert bounce in run.ids("bounce_logs")
    assert link in run.ids(STREAM)
    assert run.asked("bounceLogs")[0].query["orders[tstamp]"] == "DESC"
    assert run.asked(PATH)[0].query["orders[cdate]"] == "DESC"
    assert max(len(run.asked(path)) for path in ("bounceLogs", PATH)) <= 2
