"""The course of a scaling as an SVG: how many tasks, how many messages wait, over time."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, TOP = 860, 190, 70, 20, 46
GAP = 54
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.small { font-size: 11px; fill: #57606a }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 }
.spike { fill: #fff8c5 }
.asked { fill: none; stroke: #8c959f; stroke-width: 1.5; stroke-dasharray: 4 3 }
.running { fill: none; stroke: #0969da; stroke-width: 2.5 }
.waiting { fill: none; stroke: #bc4c00; stroke-width: 2.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d }
  .spike { fill: #3b2f0b } .asked { stroke: #656c76 } .running { stroke: #4493f8 }
  .waiting { stroke: #f0883e }
}
"""


@dataclass(frozen=True)
class Course:
    """One moment: seconds since the beginning, messages that wait, tasks asked for and running."""

    at: float
    waiting: float
    desired: int
    running: int


def _step(most: float) -> int:
    """Give a round step that leaves at most six marks."""
    unit = 10 ** max(0, len(str(int(most))) - 1)
    steps = (unit // 4, unit // 2, unit, 2 * unit)
    return next(each for each in steps if each and most / each < 6)


def draw(course: Sequence[Course], spike: float, calm: float, target: float) -> str:
    """Draw tasks above, waiting messages below; the spike is shaded."""
    end = course[-1].at
    most = max(each.waiting for each in course)
    tasks = max(each.desired for each in course)

    def x(at: float) -> float:
        return LEFT + at / end * (WIDTH - LEFT - RIGHT)

    def line(values: Sequence[float], top: float, highest: float, kind: str) -> str:
        step = max(1, len(course) // 1200)
        points = " ".join(
            f"{x(each.at):.1f},{top + HEIGHT - value / highest * HEIGHT:.1f}"
            for each, value in list(zip(course, values, strict=True))[::step]
        )
        return f'<polyline class="{kind}" points="{points}"/>'

    below = TOP + HEIGHT + GAP
    whole = below + HEIGHT + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" role="img">',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="18">Ten times the load, replayed in AWS time</text>',
        f'<text x="{LEFT}" y="{TOP - 8}">consumer tasks: asked for (dashed) and running</text>',
        (
            f'<text x="{LEFT}" y="{below - 8}">messages that wait (scaled out above '
            f"{target:,.0f} a task)</text>"
        ),
    ]
    shaded = f'x="{x(spike):.1f}" width="{x(calm) - x(spike):.1f}" height="{HEIGHT}"'
    parts += [f'<rect class="spike" y="{top}" {shaded}/>' for top in (TOP, below)]
    for top, highest, marks in (
        (TOP, tasks, range(0, tasks + 1, 2)),
        (below, most, range(0, int(most) + 1, _step(most))),
    ):
        for mark in marks:
            y = top + HEIGHT - mark / highest * HEIGHT
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            parts.append(
                f'<text class="small" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
                f"{mark:,.0f}</text>"
            )
    for minute in range(0, int(end / 60) + 1, 10):
        parts += [
            (
                f'<text class="small" x="{x(minute * 60):.1f}" y="{below + HEIGHT + 18}" '
                f'text-anchor="middle">{minute} min</text>'
            )
        ]
    parts += [
        line([each.desired for each in course], TOP, tasks, "asked"),
        line([each.running for each in course], TOP, tasks, "running"),
        line([each.waiting for each in course], below, most, "waiting"),
        (
            f'<text class="small" x="{x((spike + calm) / 2):.1f}" y="{TOP + HEIGHT + 16}" '
            'text-anchor="middle">ten times the load</text>'
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
