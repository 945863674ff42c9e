"""Events of an item apply in the order of their dates, each once."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from target_activecampaign.events.outcome import Outcome
from target_activecampaign.events.sequence import Event, decide, judge
from target_activecampaign.ticto.statuses import PAID, PANEL_LABELS, UNPAID

APPLY, REPEATED, STALE = Outcome.APPLIED, Outcome.REPEATED, Outcome.STALE


def event(
    status: str, moment: int | None = 10, charge: str = "t1", *, renewal: bool = False
) -> Event:
    return Event(status, charge, moment, renewal)


@pytest.mark.parametrize(
    ("past", "now", "outcome"),
    [
        ([], event("authorized"), APPLY),
        ([event("authorized")], event("authorized"), REPEATED),
        ([event("authorized", 10)], event("authorized", 15), REPEATED),
        ([event("pix_created", 5)], event("authorized", 10), APPLY),
        ([event("authorized", 10)], event("pix_created", 5), STALE),
        # A paid item is not taken back to unpaid, however late.
        ([event("authorized", 10)], event("pix_expired", 99), STALE),
        ([event("authorized", 10)], event("waiting_payment", 10), STALE),
        ([event("authorized", 10)], event("pix_expired", 99, "t2"), STALE),
        ([event("authorized", 10), event("claimed", 20)], event("bank_slip_delayed", 99), STALE),
        # A payment counts, though another code of the same order expired later.
        ([event("pix_expired", 99, "t2")], event("authorized", 10), APPLY),
        ([event("refused", 99, "t2", renewal=True)], event("authorized", 10), APPLY),
        ([event("refused", 99, "t2", renewal=True)], event("refunded", 20), APPLY),
        # Money returned does.
        ([event("authorized", 10)], event("refunded", 20), APPLY),
        ([event("authorized", 10)], event("chargeback", 20), APPLY),
        ([event("authorized", 10)], event("refunded", 10), APPLY),
        ([event("refunded", 10)], event("authorized", 10), STALE),
        ([event("refunded", 20)], event("authorized", 10), STALE),
        # A renewal has a charge of its own.
        ([event("authorized", 10)], event("authorized", 40, "t2", renewal=True), APPLY),
        ([event("authorized", 10)], event("refused", 40, "t2", renewal=True), APPLY),
        ([event("authorized", 10)], event("pix_created", 40, "t2", renewal=True), APPLY),
        # Cancelled, resumed, cancelled again.
        (
            [event("subscription_canceled", 10), event("uncanceled", 20)],
            event("subscription_canceled", 30),
            APPLY,
        ),
        ([event("subscription_canceled", 10)], event("subscription_canceled", 12), REPEATED),
        # Without dates: within the charge.
        ([event("authorized", None)], event("authorized", None), REPEATED),
        ([event("authorized", None)], event("refunded", None), APPLY),
        ([event("refunded", None)], event("authorized", None), STALE),
        ([event("authorized", None)], event("waiting_payment", None), STALE),
        ([event("authorized", 10)], event("refunded", None), APPLY),
        ([event("refunded", 20)], event("refunded", None), REPEATED),
        ([event("refunded", None)], event("refunded", 20), REPEATED),
    ],
    ids=itertools.count(),
)
def test_outcome_about_an_event(past: list[Event], now: Event, outcome: Outcome) -> None:
    assert judge(now, past) is outcome


def events_with(moments: st.SearchStrategy[int | None]) -> st.SearchStrategy[list[Event]]:
    statuses, charges = st.sampled_from(sorted(PANEL_LABELS)), st.sampled_from(("t1", "t2"))
    return st.lists(st.builds(Event, statuses, charges, moments, st.booleans()), max_size=8)


EVENTS = events_with(st.integers(1, 8))
SOME_UNDATED = events_with(st.none() | st.integers(1, 8))


def applied_of(events: list[Event]) -> list[Event]:
    known: list[Event] = []
    return [one for one in events if decide(one, known) is APPLY]


@given(EVENTS)
def test_dates_go_back_only_for_a_payment_of_what_was_said_to_be_unpaid(
    events: list[Event],
) -> None:
    for earlier, later in itertools.combinations(applied_of(events), 2):
        assert later.moment is not None
        assert earlier.moment is not None
        assert later.moment >= earlier.moment or (earlier.status in UNPAID and later.status in PAID)


@given(SOME_UNDATED)
@example([event("pix_created", 1), event("pix_created", 2), event("abandoned_cart", 1)])
def test_a_replay_applies_nothing(events: list[Event]) -> None:
    known: list[Event] = []
    for one in events:
        decide(one, known)
    assert all(decide(one, known) is not APPLY for one in events)


def test_an_event_between_another_and_its_repeat_is_stale() -> None:
    known = [event("extended", 10)]
    assert decide(event("extended", 15), known) is REPEATED
    assert decide(event("trial_ended", 12), known) is STALE
    assert decide(event("trial_ended", 16), known) is APPLY


@given(EVENTS, st.randoms())
def test_nothing_unpaid_follows_the_payment_of_the_same_charge(
    events: list[Event], randomness: object
) -> None:
    randomness.shuffle(events)  # type: ignore[attr-defined]
    applied = applied_of(events)
    for earlier, later in itertools.combinations(applied, 2):
        if earlier.status == "authorized" and later.transaction == earlier.transaction:
            assert later.status not in {"pix_expired", "waiting_payment", "refused", "pix_created"}


MONEY = ("pix_created", "authorized", "refunded", "claimed", "chargeback", "pix_expired")


@given(st.permutations(list(enumerate(MONEY))))
def test_the_newest_final_event_is_always_the_last_applied(order: list[tuple[int, str]]) -> None:
    applied = applied_of([event(status, moment) for moment, status in order])
    assert applied[-1].status == "chargeback"
