"""Merging a contact's orders into one batch entry never changes the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.delivery.batching import merge_orders, without_person
from target_activecampaign.delivery.task import OrderTask
from target_activecampaign.events.identity import EventIdentity
from target_activecampaign.events.sequence import Event
from target_activecampaign.segmentation.plan import Plan
from target_activecampaign.segmentation.steps import (
    AddTag,
    EnterAutomation,
    RemoveTag,
    SetField,
    Step,
    Subscribe,
    Unsubscribe,
    Upsert,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

TEXT = st.none() | st.sampled_from("ab")
UPSERT = st.builds(
    Upsert,
    TEXT,
    TEXT,
    TEXT,
    st.dictionaries(st.integers(1, 2), st.sampled_from("xy"), max_size=2).map(
        lambda fields: tuple(fields.items())
    ),
)
ADDING = st.one_of(
    st.builds(Subscribe, st.integers(1, 2), st.just(False)),  # noqa: FBT003
    st.builds(AddTag, st.sampled_from(("t", "T", "u"))),
    st.builds(EnterAutomation, st.integers(1, 2), creates=st.just(True)),  # noqa: FBT003
)
REMOVING = st.one_of(
    st.builds(Unsubscribe, st.integers(1, 2)),
    st.builds(RemoveTag, st.sampled_from(("t", "u"))),
    st.builds(SetField, st.integers(1, 2), st.sampled_from("xy")),
    st.builds(EnterAutomation, st.integers(1, 2), creates=st.just(False)),  # noqa: FBT003
)
ADD_PLAN = st.tuples(UPSERT, st.lists(ADDING, max_size=3)).map(lambda made: (made[0], *made[1]))
PLANS = st.lists(
    st.one_of(ADD_PLAN, st.lists(REMOVING, max_size=3).map(tuple)), min_size=1, max_size=5
)


class Model:
    """A contact as the specification describes it, independent of how it is delivered."""

    def __init__(self, status: int | None, *, exists: bool) -> None:
        self.exists = exists
        self.values: dict[object, object] = {}
        self.lists: dict[int, int] = {} if status is None or not exists else {1: status}
        self.removed: set[int] = set()
        self.tags: set[str] = set()
        self.entries: list[int] = []

    def do(self, step: Step) -> None:  # noqa: C901
        if isinstance(step, Upsert):
            self.exists = True
            named = {"first": step.first_name, "last": step.last_name, "phone": step.phone}
            self.values.update({key: value for key, value in named.items() if value})
            self.values.update(dict(step.fields))
        if not self.exists:
            return
        if isinstance(step, Subscribe):
            if self.lists.get(step.list_id) != 2 or step.list_id in self.removed:
                self.lists[step.list_id] = 1
                self.removed.discard(step.list_id)
        elif isinstance(step, Unsubscribe):
            if self.lists.get(step.list_id) == 1:
                self.lists[step.list_id] = 2
                self.removed.add(step.list_id)
        elif isinstance(step, AddTag):
            self.tags.add(step.name.casefold())
        elif isinstance(step, RemoveTag):
            self.tags.discard(step.name.casefold())
        elif isinstance(step, SetField):
            self.values[step.field_id] = step.value
        elif isinstance(step, EnterAutomation):
            self.entries.append(step.automation_id)

    def after(self, steps: Iterable[Step]) -> dict[str, object]:
        for step in steps:
            self.do(step)
        return {**vars(self), "entries": sorted(self.entries)}


def tasks(plans: list[tuple[Step, ...]]) -> list[OrderTask]:
    return [
        OrderTask(
            EventIdentity("i", f"e{n}", "c", Event("authorized", "t", n)),
            Plan("a@example.com", steps),
            cast("Any", None),
        )
        for n, steps in enumerate(plans)
    ]


@given(PLANS, st.booleans(), st.sampled_from((None, 1, 2)))
def test_a_batch_and_what_follows_come_to_the_same_as_one_after_the_other(
    plans: list[tuple[Step, ...]],
    exists: bool,
    status: int | None,
) -> None:
    batch = merge_orders(tasks(plans), ())
    imported: list[Step] = [] if batch.upsert is None else [batch.upsert]
    imported += [Subscribe(list_id) for list_id in batch.list_ids]
    imported += [AddTag(tag) for tag in batch.tags]
    one_by_one = Model(status, exists=exists).after(step for plan in plans for step in plan)
    left = exists and status == 2 and 1 in batch.list_ids
    # The import refuses a contact who has left a list; then everything is done directly.
    delivered = [step for plan in plans for step in plan] if left else [
        *imported, *(step for step, _ in batch.rest),
    ]  # fmt: skip
    assert Model(status, exists=exists).after(delivered) == one_by_one


def tags_in(steps: Iterable[Step]) -> set[str]:
    return {step.name.casefold() for step in steps if isinstance(step, AddTag)}


@given(PLANS)
def test_no_step_is_lost(plans: list[tuple[Step, ...]]) -> None:
    batch = merge_orders(tasks(plans), ())
    given_tags = {
        step.name.casefold() for plan in plans for step in plan if isinstance(step, AddTag)
    }
    kept = {tag.casefold() for tag in batch.tags} | {
        step.name.casefold() for step, _ in batch.rest if isinstance(step, AddTag)
    }
    assert kept == given_tags


def test_a_list_that_a_rule_took_the_contact_off_is_subscribed_directly() -> None:
    plan: tuple[Step, ...] = (Upsert(), Subscribe(1), Subscribe(2), AddTag("t"))
    batch = merge_orders(tasks([plan]), removed_list_ids=[1])
    assert batch.list_ids == [2]
    assert [step for step, _ in batch.rest] == [Subscribe(1)]


def test_what_is_said_of_a_contact_tells_nothing_of_the_person() -> None:
    contact = {
        "email": "ana@example.com",
        "first_name": "Ana",
        "phone": "+5511987654321",
        "tags": ["vip"],
        "fields": [{"id": 1, "value": "52998224725"}],
    }
    said = "ana@example.com of Ana, +5511987654321 and 52998224725: Analysis failed, tag vip"
    assert without_person(said, contact) == "*** of ***, *** and ***: Analysis failed, tag vip"
    assert without_person("incorrect format", {"email": "a@example.com"}) == "incorrect format"
