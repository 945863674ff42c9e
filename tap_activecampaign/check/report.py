"""What `--check` prints: a table for people, or JSON for programs and bug reports."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_activecampaign.check.findings import StreamCheck

# Raised when a key of the JSON form is renamed or removed.
_FORMAT_VERSION = 1
_SECONDS_PER_MINUTE = 60
_RED, _YELLOW, _PLAIN = "\033[31m", "\033[33m", "\033[0m"
_HEADINGS = ("Stream", "Rows", "First run", "Nothing new", "Replication", "Notes")
_NUMBERS = frozenset({1, 2, 3})


@dataclass(frozen=True)
class Report:
    """What was found out about the selected streams.

    Attributes:
        version: Of the tap.
        requests_per_second: The configured pace.
        streams: The selected streams.
    """

    version: str
    requests_per_second: float
    streams: Sequence[StreamCheck]

    @property
    def first_run(self) -> int:
        """Requests of a first run."""
        own = [one.cost for one in self.streams if one.shares_requests_with is None]
        return sum(cost.first_run for cost in own if cost is not None)

    @property
    def nothing_new(self) -> int:
        """Requests of a run with nothing new."""
        own = [one.cost for one in self.streams if one.shares_requests_with is None]
        return sum(cost.nothing_new for cost in own if cost is not None)

    def minutes(self, requests: int) -> float:
        """Return how long requests take at the configured pace."""
        return round(requests / self.requests_per_second / _SECONDS_PER_MINUTE, 1)

    def print(self, *, as_json: bool) -> None:
        """Print the report; in colours only if a terminal shows it.

        Args:
            as_json: Whether programs read it.
        """
        is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        text = self.as_json() if as_json else self.as_text(is_coloured=is_coloured)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def as_json(self) -> str:
        """Return the report as JSON, indented."""
        content = {
            "format_version": _FORMAT_VERSION,
            "tap_version": self.version,
            "requests_per_second": self.requests_per_second,
            "first_run": self._total(self.first_run),
            "nothing_new": self._total(self.nothing_new),
            "streams": [_as_object(one) for one in self.streams],
        }
        return json.dumps(content, indent=2, ensure_ascii=False)

    def _total(self, requests: int) -> dict[str, Any]:
        return {"requests": requests, "minutes": self.minutes(requests)}

    def as_text(self, *, is_coloured: bool) -> str:
        """Return the report as an aligned table.

        Args:
            is_coloured: Whether a terminal shows it.
        """
        rows = [_HEADINGS, *(_cells(one) for one in self.streams)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_HEADINGS))]
        colours = ["", *(_colour(one) for one in self.streams)]
        lines = [
            _coloured("  ".join(_aligned(row, widths)).rstrip(), colour if is_coloured else "")
            for row, colour in zip(rows, colours, strict=True)
        ]
        unknown = [one for one in self.streams if one.unknown_properties]
        if unknown:
            lines += ["", "ActiveCampaign sends properties that this version does not know:"]
            lines += [f"  {one.stream}: {', '.join(one.unknown_properties)}" for one in unknown]
        apart = [one for one in self.streams if one.with_contacts_reason is not None]
        if apart:
            lines += ["", "Rows of contacts that do not come with the contacts:"]
            lines += [f"  {one.stream}: {one.with_contacts_reason}" for one in apart]
        pace = f"{self.requests_per_second:g} requests per second"
        more = " or more" if any(one.cost_is_least for one in self.streams) else ""
        first_run, nothing_new = self.first_run, self.nothing_new
        minutes = self.minutes(first_run)
        lines += [
            "",
            f"First run:   {first_run}{more} requests, {minutes} minutes at {pace}.",
            f"Nothing new: {nothing_new}{more} requests, {self.minutes(nothing_new)} minutes.",
        ]
        return "\n".join(lines)


def _cells(check: StreamCheck) -> tuple[str, ...]:
    notes = [check.later_runs]
    cost = check.cost
    first_run, nothing_new = (
        ("", "") if cost is None else (str(cost.first_run), str(cost.nothing_new))
    )
    if check.shares_requests_with is not None:
        first_run = nothing_new = "-"
        notes = [f"read with {check.shares_requests_with}"]
    if check.with_contacts is not None and check.with_contacts_reason is None:
        notes = [f"{check.later_runs} ({check.with_contacts})"]
    if check.order is not None:
        notes.append(f"order {check.order}")
    if not check.is_available:
        notes = [f"{check.reason}; needs {check.permission} or another plan"]
    rows = f"{check.rows_at_least}+" if check.rows is None else str(check.rows)
    method = check.replication_method.lower().replace("_", " ")
    key = f" on {check.replication_key}" if check.replication_key else ""
    return (
        check.stream,
        rows if check.is_available else "",
        first_run,
        nothing_new,
        f"{method}{key}",
        ", ".join(filter(None, notes)),
    )


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.rjust(width) if place in _NUMBERS else cell.ljust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _colour(check: StreamCheck) -> str:
    if not check.is_available:
        return _RED
    return _YELLOW if check.unknown_properties else ""


def _coloured(text: str, colour: str) -> str:
    return f"{colour}{text}{_PLAIN}" if colour else text


def _as_object(check: StreamCheck) -> dict[str, Any]:
    cost = check.cost
    return {
        "stream": check.stream,
        "path": check.path,
        "available": check.is_available,
        "reason": check.reason,
        "permission": check.permission,
        "rows": check.rows,
        "rows_at_least": check.rows_at_least,
        "replication_method": check.replication_method,
        "replication_key": check.replication_key,
        "later_runs": check.later_runs or None,
        "order": check.order,
        "with_contacts": check.with_contacts,
        "with_contacts_reason": check.with_contacts_reason,
        "requests_are_at_least": check.cost_is_least,
        "requests_first_run": None if cost is None else cost.first_run,
        "requests_nothing_new": None if cost is None else cost.nothing_new,
        "shares_requests_with": check.shares_requests_with,
        "unknown_properties": check.unknown_properties,
        "missing_properties": check.missing_properties,
    }
