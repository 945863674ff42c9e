"""Ids that become visible after higher ones are never lost, and never looked for for ever."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_activecampaign.ticto_source.progress import MissingIds

NOW = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


def test_ids_between_two_neighbours_are_looked_for_until_no_transaction_can_hold_them() -> None:
    missing = MissingIds(None, NOW)
    missing.add_gap(4, 8, NOW)
    assert missing.ids == [5, 6, 7]
    missing.found(6)
    state = json.loads(json.dumps(missing.to_state()))
    assert MissingIds(state, NOW + timedelta(minutes=9)).ids == [5, 7]
    assert MissingIds(state, NOW + timedelta(minutes=11)).ids == []


def test_neighbours_leave_nothing_to_look_for() -> None:
    missing = MissingIds([], NOW)
    missing.add_gap(0, 1, NOW)
    missing.add_gap(1, 2, NOW)
    assert missing.to_state() == []


def test_a_gap_beside_an_old_postback_is_a_deleted_one() -> None:
    missing = MissingIds([], NOW)
    missing.add_gap(0, 1_000_000, NOW - timedelta(days=3))
    assert missing.ids == []


def test_a_jump_of_the_sequence_stays_small() -> None:
    missing = MissingIds([], NOW)
    missing.add_gap(10, 10**12, NOW)
    assert len(missing.ids) == 2_000
    assert missing.ids[-1] == 10**12 - 1
    assert len(missing.to_state()) == 1


@pytest.mark.parametrize(
    "state", [None, {}, "x", [1], [{"from": "a", "to": 2, "until": "x"}], [{"from": 1}]]
)
def test_a_state_that_makes_no_sense_counts_as_nothing(state: object) -> None:
    assert MissingIds(state, NOW).ids == []


@given(st.sets(st.integers(1, 300), min_size=1))
def test_a_state_that_was_written_is_read_again(visible: set[int]) -> None:
    missing, before = MissingIds([], NOW), 0
    for number in sorted(visible):
        missing.add_gap(before, number, NOW)
        before = number
    assert set(missing.ids) == set(range(1, max(visible))) - visible
    assert MissingIds(missing.to_state(), NOW).ids == missing.ids
