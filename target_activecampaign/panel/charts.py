"""The figures of the overview as tables; the page's script draws charts from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from target_activecampaign.panel.labels import EVENT_GROUPS, OTHER_EVENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_activecampaign.panel.language import Language

_COLOURS: Final = {
    "paid": "series-1",
    "waiting": "series-4",
    "lost": "series-2",
    "returned": "series-3",
}
_OTHER_COLOUR: Final = "series-6"
_MOST_BARS: Final = 10


@dataclass(frozen=True)
class Column:
    """One series of a chart: what it is called, and the name of its colour."""

    label: str
    colour: str


@dataclass(frozen=True)
class ChartTable:
    """What a chart shows.

    Attributes:
        columns: The series.
        rows: A label, what screen readers call it, and a number for each series.
    """

    columns: list[Column]
    rows: list[tuple[str, str, list[int]]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(any(numbers) for _, _, numbers in self.rows)


def orders_by_day(
    _: Language, counts: Mapping[tuple[date, str], int], *, until: date, days: int
) -> ChartTable:
    """Return orders per day and group of events.

    Args:
        _: The reader's language.
        counts: Day and event -> number of orders.
        until: The last day.
        days: How many days.
    """
    group_of = {event: group for group, (_, events) in EVENT_GROUPS.items() for event in events}
    groups = [*EVENT_GROUPS, "other"]
    totals: dict[tuple[date, str], int] = {}
    for (day, event), count in counts.items():
        key = (day, group_of.get(event, "other"))
        totals[key] = totals.get(key, 0) + count
    used = [group for group in groups if any(key[1] == group for key in totals)]
    columns = [
        Column(
            _(EVENT_GROUPS[group][0]) if group in EVENT_GROUPS else _(OTHER_EVENTS),
            _COLOURS.get(group, _OTHER_COLOUR),
        )
        for group in used
    ]
    rows = []
    for back in reversed(range(days)):
        day = until - timedelta(days=back)
        numbers = [totals.get((day, group), 0) for group in used]
        rows.append((_.day(day, "d MMM"), _.day(day, "full"), numbers))
    return ChartTable(columns, rows)


def bars(label: str, counts: Sequence[tuple[str, int]], colour: str = "series-1") -> ChartTable:
    """Return one series of named numbers, the largest first."""
    largest = sorted(counts, key=lambda one: -one[1])[:_MOST_BARS]
    return ChartTable([Column(label, colour)], [(name, name, [count]) for name, count in largest])
