"""The look of charts, colours that everybody tells apart, and the words on them and in tables."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.files import sweep_away, whole
from sim.page.words import DRIVER_LABELS, OUTCOME_LABELS
from sim.processes import elsewhere, environment_of
from sim.results.measure import checkpoints
from sim.results.series import AREA, HEADLINE, SPEED, own_outcomes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from sim.results import Results

DRIVER_WORDS = dict(zip(DRIVER_LABELS, (
    "mistakes", "permission", "job", "norm", "manager", "identity", "distrust", "benefit",
    "cynicism", "first use", "not considered",
), strict=True))  # fmt: skip
"""Drivers in a word."""

FIVE_DRIVERS = 5
"""The first this many are the five drivers of the confidence gap."""

LABELS = {
    **OUTCOME_LABELS,
    HEADLINE: "Level: weekly use at end",
    AREA: "Area: weekly use, all weeks",
    SPEED: "Speed: half use it in week",
    "hours": "Hours a person",
    "use_days_per_hour": "Use days per hour",
    "week_half_habitual": "50% habitual in week",
    "peak_weekly_users": "Peak of weekly users",
    "peak_week": "… in week",
}
"""Figures in words."""


def called(name: str) -> str:
    """Return what a figure or an outcome is called in tables: in words.

    >>> called("habitual"), called("hours_saved")
    ('Habitual users', 'Hours saved')
    """
    return LABELS.get(name, name.replace("_", " ").capitalize())


HEADLINES = (HEADLINE, AREA, SPEED)
OVER_TIME = ("weekly_users", "habitual")
AT_THE_END = (
    "trained", "considering", "activated", "regular", "lapsed", "own_tool_users", "confidence_gap",
    "hours", "use_days_per_hour",
)  # fmt: skip
OF_THE_RUN = ("week_half_habitual", "peak_weekly_users", "peak_week")
_COMPARED_BY = (
    *HEADLINES, *OVER_TIME, "own_tool_users", "confidence_gap", "hours", "use_days_per_hour",
)  # fmt: skip


def compared_by() -> tuple[str, ...]:
    """Return the figures of which differences are shown, in their order."""
    return (*_COMPARED_BY, *own_outcomes())


@dataclass(frozen=True)
class ShownLevel:
    """A row of the table of levels: a figure at a week."""

    name: str
    week: int
    unit: str
    label: str
    """Of the figure, in its first row; then empty."""
    shown_week: str
    """Empty where the figure is about the whole run."""


def _rows(
    results: Results, names: Iterable[str], weeks: Sequence[int], of_a_week: bool
) -> list[ShownLevel]:
    return [
        ShownLevel(
            name, week, results.quantity(name, week).unit, called(name) if week == weeks[0] else "",
            str(week) if of_a_week else "",
        )
        for name in names
        for week in weeks
    ]  # fmt: skip


def shown_levels(results: Results) -> Iterator[list[ShownLevel]]:
    """Yield the rows of the table of levels, group by group."""
    end = (results.weeks,)
    yield _rows(results, HEADLINES, end, False)
    for name in OVER_TIME:
        yield _rows(results, (name,), checkpoints(results.weeks), True)
    yield _rows(results, (*AT_THE_END, *own_outcomes()), end, True)
    yield _rows(results, OF_THE_RUN, end, False)


def shown_differences(results: Results) -> Iterator[list[ShownLevel]]:
    """Yield the rows of a table of differences, a figure at a time."""
    for name in compared_by():
        weeks = checkpoints(results.weeks) if name in OVER_TIME else (results.weeks,)
        yield _rows(results, (name,), weeks, name not in HEADLINES)


INK, MUTED, GRID = "#17202a", "#5b6672", "#e3e6ea"
FACE = "#ffffff"
DPI = 144
KEY_LINE = 0.22
NOTE_LINE = 0.17


@dataclass(frozen=True, slots=True)
class PlanStyle:
    """How a plan is drawn: never by colour alone."""

    colour: str
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


PLANS = (
    PlanStyle("#7b5ea7", (0, (5, 2)), "o"),  # purple, dashed
    PlanStyle("#007a5a", "-", "s"),  # green, solid
    PlanStyle("#d07c00", (0, (1, 1.4)), "^"),  # orange, dotted
    PlanStyle("#3d9be0", (0, (7, 2, 1.5, 2)), "D"),  # sky blue, dash-dot
    PlanStyle("#1b3a6b", (0, (3, 1.2)), "v"),  # navy, short dashes
    PlanStyle("#7a4a1e", (0, (9, 3)), "P"),  # brown, long dashes
    PlanStyle("#b0578d", (0, (1, 3)), "X"),  # mauve, sparse dots
    PlanStyle("#2b2f36", (0, (6, 1.5, 1, 1.5, 1, 1.5)), "*"),  # charcoal, dash-dot-dot
)
"""Plan A purple and dashed, plan B green and solid, then others; no red beside the green."""


def look(index: int) -> PlanStyle:
    """Return the look of the plan at ``index``; after eight plans it starts over."""
    return PLANS[index % len(PLANS)]


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure in inches, without pyplot or any global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DPI, facecolor=FACE)


def clean(axes: Axes, grid: str = "") -> None:
    """Leave only what is read: no frame, quiet ticks, a light ``grid`` across x, y or both."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, colors=MUTED, labelsize=9)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.8)  # type: ignore[arg-type]


def write(
    figure: Figure, right: float, down: float, text: str, size: float, colour: str = MUTED, *,
    bold: bool = False, va: str = "center",
) -> None:  # fmt: skip
    """Write on a figure, so many inches from its left and its upper edge; below 0: its lower."""
    width, height = figure.get_size_inches()
    weight, up = "bold" if bold else "normal", 1 - down / height if down > 0 else -down / height
    figure.text(
        right / width, up, text, fontsize=size, color=colour, fontweight=weight, va=va,
        parse_math=False,
    )  # fmt: skip


def write_at(
    axes: Axes, x: float, y: float, text: str, size: float, colour: str = MUTED, *,
    row: bool = False, bold: bool = False, ha: str = "left", va: str = "baseline",
) -> None:  # fmt: skip
    """Write at a place in shares of the axes' width and height; of a ``row``, ``y`` is in data."""
    place = axes.get_yaxis_transform() if row else axes.transAxes
    weight, va = "bold" if bold else "normal", "center" if row and va == "baseline" else va
    axes.text(
        x, y, text, transform=place, fontsize=size, color=colour, fontweight=weight, ha=ha, va=va,
        parse_math=False,
    )  # fmt: skip


def quarters(axis: Axis) -> None:
    """Let an axis of shares name each quarter."""
    axis.set_ticks([0, 0.25, 0.5, 0.75, 1], labels=["0%", "25%", "50%", "75%", "100%"])


def around(figure: Figure, title: str, under: str, notes: Sequence[str], left: float) -> None:
    """Write a title and a line under it at the top, and notes at the foot, from ``left`` inches.

    A chart says what it shows, whose it is and what it rests on: it is seen alone, on a slide.
    The foot takes ``foot(notes)`` inches.
    """
    write(figure, left, 0.32, title, 14, INK, bold=True)
    write(figure, left, 0.58, _cut(under, figure.get_size_inches()[0] - 2 * left, 9), 9)
    for row, note in enumerate(reversed(notes)):
        write(figure, left, -0.2 - NOTE_LINE * row, note, 8)


def _cut(text: str, room: float, size: float) -> str:
    """Return a text as it fits so many inches, with an ellipsis where it was longer."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)

    def wide(part: str) -> float:
        return float(text_to_path.get_text_width_height_descent(part, font, False)[0]) / 72

    length = len(text)
    while wide(shortened(text, length)) > room:
        length -= 1
    return shortened(text, length)


def foot(notes: Sequence[str]) -> float:
    """Return the inches that notes take at the foot of a chart, from the edge."""
    return 0.2 + NOTE_LINE * len(notes)


def shortened(text: str, length: int) -> str:
    """Return a text of at most so many characters.

    >>> shortened("Customer Service", 9), shortened("Sales", 9)
    ('Customer…', 'Sales')
    """
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def spread(places: list[float], gap: float, low: float, high: float) -> list[float]:
    """Return places as near as can be to ``places`` but at least ``gap`` apart.

    >>> [round(place, 2) for place in spread([0.5, 0.5], 0.1, 0, 1)]
    [0.45, 0.55]
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[tuple[float, int]] = []  # centre and number of labels that touch
    for index in order:
        centre, count = places[index], 1
        while groups and centre - groups[-1][0] < gap * (count + groups[-1][1]) / 2:
            other, number = groups.pop()
            centre = (centre * count + other * number) / (count + number)
            count += number
            half = gap * (count - 1) / 2
            centre = min(max(centre, low + half), high - half)
        groups.append((centre, count))
    result = [0.0] * len(places)
    spots = [c + gap * (i - (n - 1) / 2) for c, n in groups for i in range(n)]
    for index, spot in zip(order, spots, strict=True):
        result[index] = spot
    return result


def key_places(names: Sequence[str], width: float) -> list[tuple[float, float]]:
    """Return where each plan's mark stands in the key: inches right and down of its start."""
    places, x, y = [], 0.0, 0.0
    for name in names:
        wide = 0.55 + 0.083 * len(name)
        if x and x + wide > width:
            x, y = 0.0, y + KEY_LINE
        places.append((x, y))
        x += wide
    return places


def key(figure: Figure, names: Sequence[str], left: float, top: float) -> None:
    """Draw the plans' marks and names from ``left`` and ``top``, in inches."""
    from matplotlib.lines import Line2D

    width, height = figure.get_size_inches()
    for index, (name, (x, y)) in enumerate(
        zip(names, key_places(names, width - 2 * left), strict=True)
    ):
        style, across, down = look(index), left + x, top + y
        mark = Line2D(
            [(across + 0.06) / width], [1 - down / height], linestyle="", marker=style.marker,
            markersize=6.5, markeredgewidth=1.6, color=style.colour,
            markerfacecolor="white" if index == 0 else style.colour,
        )  # fmt: skip
        figure.add_artist(mark)
        write(figure, across + 0.2, down, name, 9, style.colour, bold=True, va="center_baseline")


def key_height(names: Sequence[str], left: float, width: float) -> float:
    """Return the inches of height that the key of several plans takes; 0 for one."""
    return key_places(names, width - 2 * left)[-1][1] + KEY_LINE if len(names) > 1 else 0.0


def get_ready() -> None:
    """Import what drawing needs, whatever the user has set up for matplotlib."""
    log = logging.getLogger("matplotlib")
    if log.level == logging.NOTSET:  # that it has no folder of its own to write in hinders nothing
        log.setLevel(logging.ERROR)
    try:
        import matplotlib
    except ImportError:
        raise
    except Exception:  # a backend that is not there, a file of settings that cannot be read
        for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
            del sys.modules[name]  # what is half imported
        shipped = importlib.util.find_spec("matplotlib")
        rc = Path(str(shipped and shipped.origin)).parent / "mpl-data" / "matplotlibrc"
        with (
            elsewhere("matplotlibrc"),
            environment_of({"MPLBACKEND": "agg", "MATPLOTLIBRC": str(rc)}),
        ):
            import matplotlib
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


@contextmanager
def own_settings(**also: object) -> Iterator[None]:
    """Draw by Uptake's settings alone: no matplotlibrc and no style of the user's has a say.

    - ``**also``: settings besides, with ``_`` for the dot.
    """
    get_ready()
    from matplotlib import rc_context, rcParamsDefault

    settings: dict[Any, Any] = {
        name: value for name, value in rcParamsDefault.items() if not name.startswith("backend")
    }
    settings["text.parse_math"] = False  # a dollar in a name is a dollar
    settings |= {name.replace("_", ".", 1): value for name, value in also.items()}
    with rc_context(settings):
        yield


def save_as(draw: Callable[[], Figure], path: Path) -> None:
    """Draw a figure, and write it as PNG, SVG or PDF, as the suffix says.

    Raises OSError where the file cannot be written; nothing half-written is left.
    """
    kind = path.suffix.lstrip(".").lower()
    sweep_away(path.parent, deep=False)
    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    with whole(path) as stream, own_settings(svg_hashsalt="uptake", svg_fonttype="path"):
        draw().savefig(stream, format=kind, metadata=metadata)


def save(draw: Callable[[], Figure], folder: Path, name: str) -> None:
    """Draw a figure, and write it as PNG and SVG."""
    with own_settings(svg_fonttype="none", svg_hashsalt="uptake"):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        figure = draw()
        raster: Any = FigureCanvasAgg(figure)
        raster.print_png(folder / f"{name}.png", pil_kwargs={"compress_level": 1})
        vector: Any = FigureCanvasSVG(figure)
        vector.print_svg(folder / f"{name}.svg", metadata={"Date": None})


def svg_of(draw: Callable[[], Figure]) -> bytes:
    """Draw a figure, and return it as SVG."""
    stream = BytesIO()
    with own_settings(svg_fonttype="none", svg_hashsalt="uptake"):
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        vector: Any = FigureCanvasSVG(draw())
        vector.print_svg(stream, metadata={"Date": None})
    return stream.getvalue()
