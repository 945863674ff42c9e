"""The chart of daily runs: requests against the size of the account, as two lines."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from tests.benchmark.chart import STYLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmark.figures import GrowthFigures

_WIDTH, _HEIGHT = 820, 376
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 40, 84, 68
# Of a figure from its point: ours stand below the line, the others above.
_BELOW, _ABOVE = 17, -9
_BASE = _HEIGHT - _BOTTOM
_MOST_STEPS = 5
_NICE = (1, 2, 2.5, 5, 10)


class _Line(NamedTuple):
    name: str
    colour: int
    figures_at: int
    requests: list[int]


def growth_chart(figures: Sequence[GrowthFigures]) -> str:
    """Return an SVG of two lines: requests of a daily run, ours and by own paths.

    Args:
        figures: One for each size of the account, the smallest first.
    """
    lines = [
        _Line("with the contacts (sideload)", 0, _BELOW, [one.daily for one in figures]),
        _Line("by their own paths", 4, _ABOVE, [one.daily_by_own_paths for one in figures]),
    ]
    sizes = [one.contacts for one in figures]
    most = max(max(line.requests) for line in lines)
    step = _nice(most / _MOST_STEPS)
    steps = math.ceil(most / step)
    top = step * steps
    parts = [_grid_line(step * number, top) for number in range(steps + 1)]
    parts += [_size(contacts, sizes) for contacts in sizes]
    for at, line in enumerate(lines):
        parts.append(_legend_entry(at, line))
        points = [
            (_x(contacts, sizes), _y(requests, top))
            for contacts, requests in zip(sizes, line.requests, strict=True)
        ]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="l{line.colour}" points="{joined}"/>')
        for (x, y), requests in zip(points, line.requests, strict=True):
            parts.append(f'<circle class="c{line.colour}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
            parts.append(
                f'<text class="value" x="{x:.1f}" y="{y + line.figures_at:.1f}">{requests:,}</text>'
            )
    body = "\n  ".join(parts)
    changed = figures[0].changed
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" \
aria-labelledby="title text">
  <title id="title">Requests of a daily run, by the size of the account</title>
  <desc id="text">{escape(_in_words(figures))}</desc>
  <style>{STYLE}
  polyline {{ fill: none; stroke-width: 2.5; }}
  .l0 {{ stroke: #0550ae; }} .l4 {{ stroke: #bf8700; }}
  @media (prefers-color-scheme: dark) {{
    .l0 {{ stroke: #2f72c4; }} .l4 {{ stroke: #d29922; }}
  }}
  </style>
  <rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" class="page"/>
  <text class="title" x="{_LEFT}" y="28">Requests of a daily run in which {changed:,} contacts \
changed</text>
  {body}
  <text class="middle" x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 10}">\
contacts of the account</text>
</svg>
"""


def _nice(step: float) -> int:
    """Return the next round number."""
    power = 10 ** math.floor(math.log10(max(step, 1)))
    return int(next(one * power for one in _NICE if one * power >= step))


def _x(contacts: int, sizes: Sequence[int]) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * contacts / max(sizes)


def _y(requests: float, top: float) -> float:
    return _BASE - (_BASE - _TOP) * requests / top


def _grid_line(requests: float, top: float) -> str:
    y = _y(requests, top)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        f'<text class="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{requests:,.0f}</text>'
    )


def _size(contacts: int, sizes: Sequence[int]) -> str:
    x = _x(contacts, sizes)
    return f'<text class="middle" x="{x:.1f}" y="{_BASE + 36}">{contacts:,}</text>'


def _legend_entry(at: int, line: _Line) -> str:
    x = _LEFT + at * 260
    return (
        f'<rect x="{x}" y="44" width="11" height="11" rx="2" class="c{line.colour}"/>'
        f'<text x="{x + 17}" y="54">{escape(line.name)}</text>'
    )


def _in_words(figures: Sequence[GrowthFigures]) -> str:
    return "; ".join(
        f"{one.contacts:,} contacts: {one.daily:,} requests with the contacts, "
        f"{one.daily_by_own_paths:,} by own paths"
        for one in figures
    )
