"""Whatever changes between runs, and however including fails, the runs together bring every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox import Sandbox
from tests.tap.sideload.family import MEMBERS, RIDERS, Family

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.account import Account as Sandboxed
    from tests.sandbox.wire import Request

pytestmark = pytest.mark.slow

COLLECTIONS = [collection for collection, _ in RIDERS.values()]
SETTINGS: dict[str, Any] = {"page_size": 5, "lookback_hours": 1}

# What the server does with what is to be included, from some moment on.
FAULTS: list[dict[str, Any]] = [
    {},
    {"includes": ()},
    {"includes": ("contactTags",)},
    {"include_cap": 4},
    {"include_cap_per_contact": 1},
    {"include_shape": "raw"},
    {"include_shape": "nested"},
    {"include_shape": "unnamed"},
    {"include_most_rows": 12, "include_overdue": "status_504"},
]
SOUND = {
    "includes": "documented",
    "include_cap": None,
    "include_cap_per_contact": None,
    "include_shape": "own",
    "include_most_rows": None,
}

STREAMS = st.sampled_from(sorted(RIDERS))
PLACES = st.integers(0, 60)


def step(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(name), *arguments)


STEPS = st.lists(
    st.one_of(
        step("change", STREAMS, PLACES),
        step("add", STREAMS, PLACES),
        step("remove", STREAMS, PLACES),
        step("delete_contact", PLACES),
        step("delete_tag", PLACES),
        step("touch_contact", PLACES),
        step("while_reading", STREAMS, PLACES, st.integers(1, 5)),
        step("behave", st.sampled_from(FAULTS)),
        step("follow", st.sets(st.sampled_from(COLLECTIONS))),
        step("run", st.sampled_from([0.1, 1, 3, 8]), st.sampled_from([MEMBERS, tuple(RIDERS)])),
        step("own_paths", st.sampled_from([0.1, 1])),
    ),
    min_size=3,
    max_size=14,
)


class Account:
    """What may happen to an account, and to the tap that reads it."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.waiting: list[tuple[Any, ...]] = []
        family.sandbox.hook(self._read)

    def change(self, stream: str, place: int) -> None:
        self.family.change(stream, place)

    def add(self, stream: str, place: int) -> None:
        contacts = self.family.account.rows("contacts")
        self.family.add(stream, contacts[place % len(contacts)]["id"])

    def remove(self, stream: str, place: int) -> None:
        self.family.remove(stream, place)

    def delete_contact(self, place: int) -> None:
        account = self.family.account
        contacts = account.rows("contacts")
        if len(contacts) < 6:
            return
        contact = contacts[place % len(contacts)]["id"]
        for collection in COLLECTIONS:
            for row in account.rows(collection):
                if row["contact"] == contact:
                    account.delete(collection, row["id"])
        account.delete("contacts", contact)

    def delete_tag(self, place: int) -> None:
        tags = self.family.account.rows("tags")
        if len(tags) > 2:
            self.family.account.delete("tags", tags[place % len(tags)]["id"])

    def touch_contact(self, place: int) -> None:
        contacts = self.family.account.rows("contacts")
        self.family.account.touch("contacts", contacts[place % len(contacts)]["id"])

    def while_reading(self, stream: str, place: int, requests: int) -> None:
        """Change a row after so many more requests."""
        self.waiting.append((requests, stream, place))

    def _read(self, request: Request, account: Sandboxed) -> None:
        del request
        with account.lock:
            due = [one for one in self.waiting if one[0] <= 1]
            self.waiting = [(left - 1, *rest) for left, *rest in self.waiting if left > 1]
            for _, stream, place in due:
                account.clock.advance(2)
                self.change(stream, place)
                account.clock.advance(2)

    def behave(self, fault: dict[str, Any]) -> None:
        for name, value in {**SOUND, **fault}.items():
            setattr(self.family.sandbox.behaviour, name, value)

    def follow(self, collections: set[str]) -> None:
        self.family.account.stamps_follow = frozenset(collections)

    def run(self, days: float, streams: tuple[str, ...]) -> None:
        self.family.later(days=days)
        run = self.family.read(*streams, **SETTINGS)
        for name in streams:
            assert len(run.ids(name)) == len(set(run.ids(name)))

    def own_paths(self, days: float) -> None:
        self.family.later(days=days)
        self.family.run(*MEMBERS, sideload="off", **SETTINGS)


@given(steps=STEPS, gone_tags=st.booleans(), orders=st.sampled_from(["documented", {}]))
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_the_runs_together_bring_every_row(
    *, steps: list[tuple[Any, ...]], gone_tags: bool, orders: Any
) -> None:
    with Sandbox(contacts=14, requests_per_second=None, honoured_orders=orders) as sandbox:
        family = Family(sandbox)
        if not gone_tags:
            family.without_gone_tags()
        account = Account(family)
        for name, *arguments in steps:
            act: Callable[..., None] = getattr(account, name)
            act(*arguments)
            family.later(minutes=7)
        account.waiting.clear()
        account.run(8, MEMBERS)
        assert {name: family.lacking(name) for name in RIDERS} == {name: set() for name in RIDERS}
        ids = {int(row["id"]) for row in sandbox.account.rows("contacts")}
        assert ids <= set(family.received["contacts"])
