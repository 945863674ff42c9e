from __future__ import annotations

from typing import Any

import pytest

from tap_activecampaign.sideload.proof import Doubt, Include, agrees, is_explained, rows_beside

TAGS = Include("contactTags", "contact", frozenset({"id", "contact", "tag"}))
CONTACTS = [
    {"id": "1", "contactTags": ["11", "12"]},
    {"id": "2", "contactTags": []},
    {"id": "3", "contactTags": ["31"]},
]
ROWS = [
    {"id": "11", "contact": "1", "tag": "5"},
    {"id": "12", "contact": "1", "tag": "6"},
    {"id": "31", "contact": "3", "tag": "5"},
]


def test_rows_that_prove_to_be_whole_are_told_by_contact() -> None:
    assert rows_beside({"contactTags": ROWS}, TAGS, CONTACTS) == {1: ROWS[:2], 2: [], 3: ROWS[2:]}


def test_ids_may_be_numbers_or_text() -> None:
    rows = [{**row, "id": int(row["id"]), "contact": int(row["contact"])} for row in ROWS]
    found = rows_beside({"contactTags": rows}, TAGS, CONTACTS)
    assert isinstance(found, dict)
    assert {contact: len(rows) for contact, rows in found.items()} == {1: 2, 2: 0, 3: 1}


@pytest.mark.parametrize(
    ("body", "contacts"),
    [
        ({}, CONTACTS),
        ({"contactTags": None}, CONTACTS),
        ({"contactTags": {"11": ROWS[0]}}, CONTACTS),
        ({"contactTags": ROWS[:2]}, CONTACTS),
        ({"contactTags": [*ROWS, ROWS[0]]}, CONTACTS),
        ({"contactTags": [*ROWS, {"id": "99", "contact": "2", "tag": "5"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": "31", "contact": "2", "tag": "5"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": "31", "contact": "4", "tag": "5"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": "31", "contact": "3"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": "31", "subscriberid": "3", "tagid": "5"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], "31"]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": ["31"], "contact": "3", "tag": "5"}]}, CONTACTS),
        ({"contactTags": [*ROWS[:2], {"id": "31", "contact": ["3"], "tag": "5"}]}, CONTACTS),
        ({"contactTags": ROWS}, [*CONTACTS[:2], {"id": "3"}]),
        ({"contactTags": ROWS}, [*CONTACTS[:2], {"id": "3", "contactTags": None}]),
        ({"contactTags": ROWS}, [*CONTACTS[:2], {"id": "3", "contactTags": [{"id": "31"}]}]),
        ({"contactTags": ROWS}, [*CONTACTS[:2], {"id": "3", "contactTags": ["31", "31"]}]),
    ],
)
def test_whatever_does_not_fit_is_in_doubt(body: Any, contacts: list[dict[str, Any]]) -> None:
    assert isinstance(rows_beside(body, TAGS, contacts), Doubt)


@pytest.mark.parametrize(
    ("met", "gone", "before", "after", "expected"),
    [
        (10, 0, 10, 10, True),
        (9, 0, 10, 10, False),
        (9, 1, 10, 10, True),
        (11, 0, 10, 10, False),
        (11, 0, 10, 12, True),
        (9, 0, 10, 8, True),
        (7, 0, 10, 8, False),
        (0, 0, 0, 0, True),
        (10, 0, None, None, False),
    ],
)
def test_a_count_agrees_if_it_lies_between_those_before_and_after(
    *, met: int, gone: int, before: int | None, after: int | None, expected: bool
) -> None:
    assert agrees(met, gone, before, after) == expected


@pytest.mark.parametrize(
    ("contact", "other", "met_contact", "met_other", "expected"),
    [
        (1, 5, False, True, True),
        (1, 5, True, False, True),
        (1, 5, True, True, False),
        (1, None, True, None, False),
        (1, None, False, None, True),
        # It belongs to a deal.
        (None, 5, False, True, False),
        (None, 5, False, False, False),
    ],
)
def test_a_row_is_explained_if_what_it_belongs_to_is_gone(
    *,
    contact: int | None,
    other: int | None,
    met_contact: bool,
    met_other: bool | None,
    expected: bool,
) -> None:
    assert is_explained(contact, other, met_contact=met_contact, met_other=met_other) == expected
