"""The reference of all streams, ``docs/streams.md``, written from the streams themselves.

Run ``python -m tap_activecampaign.documentation > docs/streams.md`` after a change of a stream.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from functools import cache
from typing import TYPE_CHECKING, cast

from tap_activecampaign.stream_types import (
    AccountListStream,
    ChildStream,
    GraphQLStream,
    SideloadStream,
    SingleResponseStream,
)
from tap_activecampaign.streams import AREAS, STREAMS
from tap_activecampaign.tap import TapActiveCampaign, name_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_activecampaign.records.columns import Column, Meaning
    from tap_activecampaign.stream_types.base import ActiveCampaignStream

_INTRODUCTION = """\
# Streams

<!-- Written by `python -m tap_activecampaign.documentation`; change the streams, not this file. -->

Every stream of tap-activecampaign: what it holds, how it is read, what that costs and which \
columns it has. How incremental runs work is told in [incremental.md](incremental.md).

- **Replication** says what a second run reads. *Incremental on* a column emits the rows that \
changed since the last run; *full table* emits all of them each time. Either can be forced to full \
table through the catalog.
- **Requests** counts what a run costs at the default `page_size` of 100, to which a stream may \
add one or two. ActiveCampaign permits an account 5 requests a second, so 1,000 requests take 200 \
seconds.
- Every column but the key may be null. Moments are in UTC. Amounts in cents are whole numbers.
- A column that points to another stream says so with an arrow. The diagrams show these \
relationships, except who created or last changed a row (`created_by`, `updated_by`). A box \
without a key belongs to another area.
"""

_TYPES: dict[Meaning, str] = {
    "integer": "integer",
    "number": "number",
    "flag": "boolean",
    "text": "text",
    "json": "text or JSON text",
    "timestamp": "date-time",
    "date": "date",
    "array": "list",
    "object": "object",
}
_BOOKKEEPING = frozenset({"created_by", "updated_by"})
_SOME_MOMENT = datetime(2024, 1, 1, tzinfo=timezone.utc)


def reference() -> str:
    """Return the whole reference as Markdown. Needs neither an account nor a network."""
    tap = TapActiveCampaign(config={}, validate_config=False)
    areas = {
        area: [cast("ActiveCampaignStream", tap.streams[name_of(one)]) for one in streams]
        for area, streams in AREAS.items()
    }
    parts = [_INTRODUCTION, *_contents(areas)]
    for area, streams in areas.items():
        parts += [f"\n## {area}\n", _diagram(streams)]
        parts += [_section(stream) for stream in streams]
    return "\n".join(parts)


def _contents(areas: dict[str, list[ActiveCampaignStream]]) -> Iterator[str]:
    count = sum(len(streams) for streams in areas.values())
    yield f"## Contents\n\n{count} streams; those marked * are not selected by default.\n"
    for area, streams in areas.items():
        links = ", ".join(
            f"{_link(one.name)}{'' if one.selected_by_default else ' *'}" for one in streams
        )
        yield f"- [{area}](#{_anchor(area)}): {links}"


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _section(stream: ActiveCampaignStream) -> str:
    method = "POST" if isinstance(stream, GraphQLStream) else "GET"
    keys = ", ".join(f"`{key}`" for key in stream.primary_keys)
    selected = "by default" if stream.selected_by_default else "only if you select it"
    facts = [
        f"| Path | `{method} /api/3/{stream.path}` |",
        f"| Key | {keys} |",
        f"| Replication | {replication(stream)} |",
        f"| Selected | {selected} |",
        f"| Requests | {cost(stream)} |",
    ]
    rows = [
        f"| `{path}` | {_type(column)} | {_description(column)} |"
        for path, column in _flat(stream.columns)
    ]
    return "\n".join(
        [
            f"### {stream.name}\n",
            f"{_escaped(stream.description())}\n",
            "| | |",
            "|---|---|",
            *facts,
            "",
            "| Column | Type | Description |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def replication(stream: ActiveCampaignStream) -> str:
    """Return how a stream finds out what changed, in one sentence."""
    key = stream.replication_key
    below = "" if isinstance(stream, AccountListStream) else _changed_parents(stream)
    if key is None:
        return f"Full table{below and f', read again{below}'}."
    if stream.counters_move_unstamped:
        return (
            f"Full table, because counters move while `{key}` does not. Forced to incremental, it "
            f"misses what they tell of rows that were not changed otherwise."
        )
    ways = [f"read again{below}"] if below else []
    if _is_filtered(stream):
        ways.append("the server filters by date")
    if stream.order_column:
        by = "" if stream.order_column == key else f" by `{stream.order_column}`"
        ways.append(f"newest first{by} if the rows prove that order, else read whole")
    if stream.late_by:
        ways.append(f"rows may come late, so those of the last {stream.late_by.days} days again")
    how = "; ".join(ways) or "read whole and compared"
    created = stream.created_key
    judged = "" if created is None else f" Rows without it are judged by `{created}`."
    return f"Incremental on `{key}`: {how}.{judged}"


def _changed_parents(stream: ActiveCampaignStream) -> str:
    if not isinstance(stream, ChildStream) or not stream.only_changed_parents:
        return ""
    return f" below each row of {_link(stream.parent)} that changed since the last run"


def _link(name: str) -> str:
    return f"[{name}](#{name})"


def _is_filtered(stream: ActiveCampaignStream) -> bool:
    return stream.params(_SOME_MOMENT) != stream.params(None)


def cost(stream: ActiveCampaignStream) -> str:
    """Return what a run costs in requests, in a sentence or two."""
    if isinstance(stream, SingleResponseStream):
        return "1."
    if isinstance(stream, SideloadStream):
        return f"1 per 100 rows of `{stream.path}`, shared by all streams that are read from it."
    if isinstance(stream, ChildStream):
        return _cost_of_child(stream)
    if stream.replication_method == "FULL_TABLE" or not (
        stream.order_column or _is_filtered(stream)
    ):
        return "1 per 100 rows."
    if not stream.order_column:
        return "First run: 1 per 100 rows. Later runs: 1 per 100 changed rows, at least 1."
    later = "1 per 100 changed rows, at least 1, if the order is honoured; else like the first"
    return f"First run and each full read: 1 per 100 rows. Other runs: {later}."


def _cost_of_child(stream: ChildStream) -> str:
    parent = _link(stream.parent)
    below = _changed_parents(stream) or f" below each row of {parent}"
    if isinstance(stream, AccountListStream):
        return _cost_of_list(stream, below)
    return f"{stream.cost.format(below=below)}. Besides, those that find the rows of {parent}."


def _cost_of_list(stream: AccountListStream, below: str) -> str:
    each = "1 per 100 rows"
    if stream.order_column and stream.replication_method == "INCREMENTAL":
        each = f"First run and each full read: {each}. Other runs: 1 per 100 changed rows"
    return f"{each}. Where the account has no such list: 1 or more{below}."


def _flat(columns: Iterable[Column], path: str = "") -> Iterator[tuple[str, Column]]:
    for column in columns:
        yield f"{path}{column.name}", column
        many = "[]" if column.meaning == "array" else ""
        yield from _flat(column.columns, f"{path}{column.name}{many}.")


def _type(column: Column) -> str:
    if column.meaning == "array":
        return f"list of {_TYPES[column.items or 'text']}s".replace("texts", "text")
    return _TYPES[column.meaning]


def _description(column: Column) -> str:
    arrow = "" if column.stream is None else f" → {_link(column.stream)}"
    return _escaped(column.description) + arrow


def _escaped(text: str) -> str:
    for sign in "|*<":
        text = text.replace(sign, f"\\{sign}")
    return text


def _diagram(streams: list[ActiveCampaignStream]) -> str:
    # Boxes side by side would be too small to read.
    lines = ["```mermaid", "erDiagram", "    direction LR"]
    for stream in streams:
        lines.append(f"    {stream.name} {{")
        keys = [column for column in stream.columns if column.key]
        lines += [f"        {_TYPES[key.meaning]} {key.name} PK" for key in keys]
        lines.append("    }")
    for stream in streams:
        for (target, line), names in _relationships(stream).items():
            lines.append(f'    {target} {line} {stream.name} : "{", ".join(names)}"')
    return "\n".join([*lines, "```", ""])


def _relationships(stream: ActiveCampaignStream) -> dict[tuple[str, str], list[str]]:
    """Return the columns that point to each stream, with the line that a diagram draws."""
    found: dict[tuple[str, str], list[str]] = {}
    for path, column in _flat(stream.columns):
        if column.stream is None or column.name in _BOOKKEEPING:
            continue
        if column.meaning == "array":
            # The rows listed point back, which says the same better.
            if stream.name not in _targets(column.stream):
                found.setdefault((column.stream, "}o--o{"), []).append(path)
        else:
            line = "||--o{" if column.key else "|o--o{"
            found.setdefault((column.stream, line), []).append(path)
    return found


@cache
def _targets(name: str) -> frozenset[str | None]:
    stream = next(one for one in STREAMS if name_of(one) == name)
    return frozenset(column.stream for column in stream.columns if column.meaning != "array")


if __name__ == "__main__":
    sys.stdout.write(reference())
