"""Figures as tables of Markdown, which are also readable on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmark.figures import (
        CostFigures,
        CpuFigures,
        GrowthFigures,
        InboxFigures,
        MemoryFigures,
        PaceFigures,
        PanelFigures,
        SharedFigures,
        TargetFigures,
    )

_FEW_REQUESTS = 3
_ROWS_OF_A_PAGE = 100
# Contacts, their tags, their places on lists, the values of their fields.
_PATHS_OF_GROWTH = ("contacts", "contactTags", "contactLists", "fieldValues")
# For a contact, one list and two tags.
_REQUESTS_OF_A_BUYER = {"hotglue's target, without tags": 3, "n8n": 4, "RudderStack": 7}


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the first column is text, the others are figures."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(headings))]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def shown(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        others = [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return f"| {' | '.join([first, *others])} |"

    return "\n".join([shown(lines[0]), shown(ruler), *(shown(line) for line in lines[1:])])


def pace_table(figures: Iterable[PaceFigures]) -> str:
    """Return the table of paces."""
    return table(
        ("Streams", "Latency", "Rows", "Requests", "429", "Rows/s", "Load", "Share of the pace"),
        (
            (
                one.scenario,
                f"{one.latency_seconds:g} s",
                f"{one.rows:,}",
                f"{one.requests:,}",
                f"{one.refused:,}",
                f"{one.rows_per_second:,.0f}",
                f"{one.load:.1f}",
                f"{one.share:.1%}",
            )
            for one in figures
        ),
    )


def shared_table(figures: Iterable[SharedFigures]) -> str:
    """Return the table of taps that share a pace."""
    return table(
        (
            "What happened",
            "Store",
            "Taps",
            "Requests",
            "429",
            "Slowest",
            "Fastest",
            "Share of the pace",
        ),
        (
            (
                one.scenario,
                one.store,
                f"{one.taps}",
                f"{one.requests:,}",
                f"{one.refused:,} ({one.refused_share:.1%})",
                f"{one.slowest}",
                f"{one.fastest}",
                f"{one.share:.1%}",
            )
            for one in figures
        ),
    )


def cpu_table(figures: Iterable[CpuFigures]) -> str:
    """Return the table of processor time."""
    return table(
        (
            "Streams",
            "Columns",
            "Records",
            "Output",
            "CPU time",
            "Records/s and core",
            "Bare SDK",
            "Ratio",
        ),
        (
            (
                one.scenario,
                str(one.columns),
                f"{one.rows:,}",
                f"{one.output_bytes / 1e6:,.0f} MB",
                f"{one.cpu_seconds:.1f} s",
                f"{one.rows_per_core_second:,.0f}",
                f"{one.bare_cpu_seconds:.1f} s",
                f"{one.ratio:.2f}",
            )
            for one in figures
        ),
    )


def memory_table(figures: Iterable[MemoryFigures]) -> str:
    """Return the table of peak memory."""
    return table(
        ("Stream", "Records", "Requests", "Rows per request", "Peak memory"),
        (
            (
                one.scenario,
                f"{one.rows:,}",
                f"{one.requests:,}",
                f"{one.rows / one.requests:.2f}",
                f"{one.peak_megabytes:,.0f} MB",
            )
            for one in figures
        ),
    )


def cost_table(figures: Iterable[CostFigures]) -> str:
    """Return the table of requests of successive runs."""
    return table(
        ("Run", "Orders honoured", "Rows", "Requests", "contacts", "deals", "Other paths above 3"),
        (
            (
                one.run,
                one.orders,
                f"{one.rows:,}",
                f"{one.requests:,}",
                str(one.by_path.get("contacts", 0)),
                str(one.by_path.get("deals", 0)),
                str(len(costly_paths(one))),
            )
            for one in figures
        ),
    )


def growth_table(figures: Iterable[GrowthFigures]) -> str:
    """Return the table of requests by the size of the account."""
    return table(
        (
            "Contacts",
            "Rows",
            "Changed contacts",
            "First run",
            "by own paths",
            "Daily run",
            "by own paths",
        ),
        (
            (
                f"{one.contacts:,}",
                f"{one.rows:,}",
                f"{one.changed:,}",
                f"{one.first:,}",
                f"{one.first_by_own_paths:,}",
                f"{one.daily:,}",
                f"{one.daily_by_own_paths:,}",
            )
            for one in figures
        ),
    )


def peers_table(growth: GrowthFigures, target: TargetFigures) -> str:
    """Return the table of what others need for the same work.

    Args:
        growth: Requests of the tap.
        target: Requests of the target.
    """
    own_paths = len(_PATHS_OF_GROWTH)
    others_first = growth.rows // _ROWS_OF_A_PAGE + own_paths
    unfiltered = (growth.rows - growth.contacts) // _ROWS_OF_A_PAGE + own_paths - 1
    others_daily = growth.changed // _ROWS_OF_A_PAGE + 1 + unfiltered
    account = f"{growth.contacts:,} contacts with {growth.rows - growth.contacts:,} rows"
    orders = f"{target.orders:,} orders of as many new buyers: a list and two tags"
    return table(
        ("Work", "Ours", "Other tool", "Its requests"),
        (
            (f"First sync of {account}", f"{growth.first:,}", "Stitch's tap", f"{others_first:,}"),
            (
                f"Daily sync, {growth.changed} contacts changed",
                f"{growth.daily:,}",
                "Stitch's tap",
                f"{others_daily:,}",
            ),
            *(
                (orders, f"{target.requests:,}", tool, f"{target.orders * each:,}")
                for tool, each in _REQUESTS_OF_A_BUYER.items()
            ),
        ),
    )


def costly_paths(figures: CostFigures) -> dict[str, int]:
    """Return the paths other than contacts and deals that took more than three requests."""
    return {
        path: requests
        for path, requests in figures.by_path.items()
        if requests > _FEW_REQUESTS and path not in ("contacts", "deals")
    }


def target_table(figures: Iterable[TargetFigures]) -> str:
    """Return the table of the target's runs."""
    return table(
        (
            "Delivery",
            "Limit",
            "Orders",
            "Requests",
            "Imports",
            "Polls",
            "429",
            "Imports refused",
            "Time",
            "Orders/s",
            "CPU time",
            "Peak memory",
        ),
        (
            (
                one.scenario,
                "none" if one.limit is None else f"{one.limit}/s",
                f"{one.orders:,}",
                f"{one.requests:,}",
                f"{one.imports:,}",
                f"{one.polls:,}",
                f"{one.refused:,}",
                f"{one.refused_imports:,}",
                f"{one.seconds:.0f} s",
                f"{one.orders_per_second:,.1f}",
                f"{one.cpu_seconds:.1f} s",
                f"{one.peak_bytes / 1e6:,.0f} MB",
            )
            for one in figures
        ),
    )


def panel_table(figures: Iterable[PanelFigures]) -> str:
    """Return the table of the panel's pages."""
    return table(
        ("Page", "Orders in the inbox", "Median", "Slowest"),
        (
            (
                one.page,
                f"{one.orders:,}",
                f"{one.median_seconds * 1000:.0f} ms",
                f"{one.slowest_seconds * 1000:.0f} ms",
            )
            for one in figures
        ),
    )


def inbox_table(figures: Iterable[InboxFigures]) -> str:
    """Return the table of the receiver's runs."""
    return table(
        ("Store", "Connections", "Postbacks", "Refused", "Postbacks/s", "Median", "99 %", "Load"),
        (
            (
                one.store,
                f"{one.connections}",
                f"{one.postbacks:,}",
                f"{one.refused:,}",
                f"{one.per_second:,.0f}",
                f"{one.median_seconds * 1000:.0f} ms",
                f"{one.p99_seconds * 1000:.0f} ms",
                f"{one.load:.1f}",
            )
            for one in figures
        ),
    )
