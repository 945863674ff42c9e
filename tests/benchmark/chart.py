"""The chart of the paces: an SVG that is readable on light and on dark pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmark.figures import PaceFigures

_WIDTH, _HEIGHT = 820, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 20, 92, 48
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_BASE = _TOP + _PLOT_HEIGHT
_GROUP_MARGIN = 22
_LEGEND_STEP = 152
_TARGET = 0.95
# It has its own background, because a page's theme and the reader's system may differ.
# Plain rules and no CSS variables: not every program that shows SVG knows those.
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .value { font-size: 11px; text-anchor: middle;
           paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .middle { text-anchor: middle; }
  .end { text-anchor: end; }
  .page { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  .goal { stroke: #cf222e; stroke-dasharray: 5 4; }
  .c0 { fill: #0550ae; } .c1 { fill: #6cb0f2; } .c2 { fill: #1a7f64; } .c3 { fill: #8c959f; }
  .c4 { fill: #bf8700; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .value { stroke: #0d1117; }
    .page { fill: #0d1117; }
    .grid { stroke: #30363d; }
    .goal { stroke: #ff7b72; }
    .c0 { fill: #2f72c4; } .c1 { fill: #a5d1ff; } .c2 { fill: #3fb68b; } .c3 { fill: #7d8590; }
    .c4 { fill: #d29922; }
  }
"""


def pace_chart(figures: Sequence[PaceFigures]) -> str:
    """Return an SVG of bars: the share of the permitted pace, grouped by latency.

    Args:
        figures: One for each scenario and latency, at most five scenarios.
    """
    scenarios = list(dict.fromkeys(one.scenario for one in figures))
    latencies = sorted({one.latency_seconds for one in figures})
    shares = {(one.scenario, one.latency_seconds): one.share for one in figures}
    group_width = _PLOT_WIDTH / len(latencies)
    bar_width = (group_width - 2 * _GROUP_MARGIN) / len(scenarios)

    parts = [_legend_entry(at, name) for at, name in enumerate(scenarios)]
    parts += [_grid_line(step / 4) for step in range(5)]
    values = []
    for group, latency in enumerate(latencies):
        left = _LEFT + group * group_width
        for at, scenario in enumerate(scenarios):
            share = shares.get((scenario, latency))
            if share is not None:
                x = left + _GROUP_MARGIN + at * bar_width
                parts.append(_bar(x, bar_width, at, share))
                values.append(_value(x, bar_width, share))
        parts.append(
            f'<text class="middle" x="{left + group_width / 2:.1f}" y="{_BASE + 20}">'
            f"{latency:g} s until each answer</text>"
        )
    parts += [_goal_line(), *values]
    body = "\n  ".join(parts)
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" \
aria-labelledby="title text">
  <title id="title">Share of the permitted pace, by latency of the answers</title>
  <desc id="text">{escape(_in_words(figures))}</desc>
  <style>{STYLE}  </style>
  <rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" class="page"/>
  <text class="title" x="{_LEFT}" y="28">Share of the permitted 5 requests a second</text>
  {body}
</svg>
"""


def _height(share: float) -> float:
    return min(share, 1.0) * _PLOT_HEIGHT


def _bar(x: float, width: float, colour: int, share: float) -> str:
    return (
        f'<rect x="{x + 1:.1f}" y="{_BASE - _height(share):.1f}" width="{width - 2:.1f}" '
        f'height="{_height(share):.1f}" class="c{colour}"/>'
    )


def _value(x: float, width: float, share: float) -> str:
    y = _BASE - _height(share) - 5
    return f'<text class="value" x="{x + width / 2:.1f}" y="{y:.1f}">{share:.0%}</text>'


def _legend_entry(at: int, name: str) -> str:
    # Two rows, so that long names have room.
    column, row = divmod(at, 2)
    x, y = _LEFT + column * (_LEGEND_STEP + 70), 42 + row * 18
    return (
        f'<rect x="{x}" y="{y}" width="11" height="11" rx="2" class="c{at}"/>'
        f'<text x="{x + 17}" y="{y + 10}">{escape(name)}</text>'
    )


def _grid_line(share: float) -> str:
    y = _BASE - _height(share)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
        f'class="grid"/>'
        f'<text class="end" x="{_LEFT - 8}" y="{y + 4:.1f}">{share:.0%}</text>'
    )


def _goal_line() -> str:
    y = _BASE - _height(_TARGET)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" '
        f'class="goal"/>'
        f'<text class="middle" x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 8}">'
        f"The dashed line marks {_TARGET:.0%}.</text>"
    )


def _in_words(figures: Sequence[PaceFigures]) -> str:
    return "; ".join(
        f"{one.scenario} at {one.latency_seconds:g} s: {one.share:.1%}" for one in figures
    )
