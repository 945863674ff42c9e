"""A run of every stream gives the same with sideloading and without, whatever may be included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_activecampaign.streams import STREAMS
from tap_activecampaign.tap import name_of
from tests.tap.runs import sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.tap.sideload.family import Family

pytestmark = pytest.mark.slow

ARRAYS = (
    "contact_automations",
    "contact_lists",
    "contact_tags",
    "field_values",
    "geo_ips",
    "deals",
)


def by_key(rows: list[dict[str, Any]], keys: list[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    found = {tuple(row[key] for key in keys): row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.parametrize("includes", ["documented", "all"])
def test_every_stream_gives_the_same_rows(
    family_with: Callable[..., Family], includes: str
) -> None:
    family = family_with(includes=includes, contacts=90)
    # Reading activities looks at contacts, which changes them.
    streams = [name for name in map(name_of, STREAMS) if name != "activities"]
    auto = sync(family.sandbox, streams, sideload="auto")
    requests = len(family.sandbox.requests)
    family.sandbox.clear_log()
    off = sync(family.sandbox, streams, sideload="off")
    assert auto.records.keys() == off.records.keys()
    for name, records in auto.records.items():
        keys = auto.keys[name]
        found, expected = by_key(records, keys), by_key(off.records[name], keys)
        if name == "contacts":
            for record in [*found.values(), *expected.values()]:
                for column in ARRAYS:
                    record[column] = None
        assert found == expected, name
    riding = [
        name
        for name, state in auto.state["bookmarks"].items()
        if state.get("with_contacts", {}).get("standing") == "kept"
    ]
    assert {"contact_tags", "contact_lists", "contact_custom_field_values"} < set(riding)
    assert requests < len(family.sandbox.requests) + 30


def test_rows_of_scores_are_not_believed_where_nothing_counts_them(
    family_with: Callable[..., Family],
) -> None:
    family = family_with()
    run = family.read("contact_score_values", "contacts")
    own = family.by_own_paths("contact_score_values")["contact_score_values"]
    assert sorted(run.ids("contact_score_values")) == sorted(own)
    (reason,) = (
        one for one in family.log_of(run, "contact_score_values", "INFO") if "own path" in one
    )
    assert "does not tell how many rows there are" in reason
