from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.report.figures import MOST_TEAMS, curves_of, drivers_of, teams_of
from sim.report.run import Studio, charts_of, draw_charts
from sim.report.style import PLANS, spread
from sim.results import Comparison
from sim.runner import compare, run

NAMES = ("training-first", "trust-before-tools", "mandate", "licences-only", "everything")


@pytest.fixture(scope="module")
def five() -> Comparison:
    return compare(NAMES, replicates=3, weeks=52)


def overlaps(figure: Figure) -> list[tuple[str, str]]:
    """Return the texts of a figure that lie over each other, or leave it."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    unseen = {
        id(label)
        for axes in figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    texts = [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and id(text) not in unseen
    ]
    boxes = [(t.get_text(), t.get_window_extent(canvas.get_renderer())) for t in texts]
    found = [
        (one, other)
        for index, (one, box) in enumerate(boxes)
        for other, second in boxes[:index]
        if min(box.x1, second.x1) - max(box.x0, second.x0) > 1
        and min(box.y1, second.y1) - max(box.y0, second.y0) > 2
    ]
    width, height = figure.get_size_inches() * figure.dpi
    found += [
        (text, "the edge")
        for text, box in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    return found


@pytest.mark.parametrize("chart", ["curves", "drivers", "teams"])
def test_no_text_lies_over_another(comparison: Comparison, five: Comparison, chart: str) -> None:
    for results in (comparison, five):
        assert overlaps(charts_of(results)[chart].draw()) == []


@pytest.mark.parametrize(("chart", "axes"), [
    ("curves", {"week", "share of people"}),
    ("drivers", {"percentage points on the chance of use on a workday, given access"}),
    ("teams", {"share of people who use it habitually"}),
])  # fmt: skip
def test_a_chart_alone_says_what_it_shows_whose_and_of_what(
    comparison: Comparison, chart: str, axes: set[str]
) -> None:
    figure = charts_of(comparison)[chart].draw()
    said = [text.get_text() for text in figure.findobj(Text)]
    named = {axis.get_label_text() for one in figure.axes for axis in (one.xaxis, one.yaxis)}
    assert named - {""} == axes
    assert any(one.startswith(comparison.organisation.name) for one in said)
    assert any(one.startswith("Uptake") and f"seed {comparison.seed}" in one for one in said)
    assert any("not a forecast" in one for one in said)
    last = f"in week {comparison.weeks}"
    assert {"curves": "Who uses the tool", "drivers": f"What still holds people back {last}",
            "teams": f"Habitual users by team {last}"}[chart] in said  # fmt: skip


@pytest.mark.slow
def test_a_long_name_of_a_firm_is_cut_with_an_ellipsis(comparison: Comparison) -> None:
    firm = replace(comparison.organisation, name="W" * 30 + " and so on and on" * 12)
    for chart in charts_of(replace(comparison, organisation=firm)).values():
        assert overlaps(chart.draw()) == []


@pytest.mark.slow
def test_names_are_never_taken_for_formulas(comparison: Comparison, tmp_path: Path) -> None:
    firm = replace(comparison.organisation, name="A $x^ firm$ of 5%")
    plans = [one.model_copy(update={"name": r"$\frac{ plan$"}) for one in comparison.scenarios]
    named = replace(comparison, organisation=firm, scenarios=tuple(plans))
    draw_charts(charts_of(named), tmp_path)
    for name in ("curves", "drivers", "teams"):
        drawn = (tmp_path / f"{name}.svg").read_text("utf-8")
        assert "A $x^ firm$ of 5%" in drawn
        assert r"$\frac{ plan$" in drawn


def test_the_overlap_is_found_where_there_is_one() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "one")
    figure.text(0.5, 0.5, "two")
    figure.text(0.99, 0.5, "over the edge")
    assert ("two", "one") in overlaps(figure)
    assert ("over the edge", "the edge") in overlaps(figure)


def test_curves_show_means_and_the_middle_of_replicates(comparison: Comparison) -> None:
    curves = curves_of(comparison)
    habitual = comparison["habitual"][:, 0]
    assert curves.means[1] == pytest.approx(habitual.mean(axis=1))
    assert curves.low[1] == pytest.approx(np.percentile(habitual, 10, axis=1))
    assert curves.high[1] == pytest.approx(np.percentile(habitual, 90, axis=1))
    assert "middle 80% of 8 replicates: chance in the model" in curves.note


def test_the_axis_of_shares_stands_still(comparison: Comparison) -> None:
    figure = curves_of(comparison).draw()
    assert [axes.get_ylim() for axes in figure.axes[:2]] == [(0, 1), (0, 1)]


def test_plans_are_drawn_below_the_curves(comparison: Comparison) -> None:
    lanes = curves_of(comparison).lanes
    assert {lane.plan for lane in lanes} == {0, 1}
    first = comparison.scenarios[0].timeline[0]
    assert lanes[0].words == first.kind.replace("_", " ")
    assert lanes[0].rounds[0][0] == first.intervention.start


def test_drivers_are_in_percentage_points(comparison: Comparison) -> None:
    expected = 100 * comparison.organisation_drivers[:, 0, :, -1].mean(axis=1)
    assert drivers_of(comparison).means == pytest.approx(expected)


def test_teams_are_sorted_and_small_ones_left_out(
    comparison: Comparison, client_folder: Path
) -> None:
    chart = teams_of(comparison)
    assert chart is not None
    assert (np.diff(chart.means[-1]) <= 0).all()
    by_name = dict(zip(chart.teams, chart.means[0], strict=True))
    row = comparison.organisation.teams.index(chart.teams[0])
    expected = comparison.team("habitual")[0, 0, :, -1, row].mean()
    assert by_name[chart.teams[0]] == pytest.approx(expected)
    two = run("everything", organisation=client_folder, replicates=2, weeks=4)
    assert teams_of(two) is None, "what is left out would follow from the only other team"


def test_of_many_teams_the_largest_are_drawn(five: Comparison) -> None:
    organisation = five.organisation
    assert organisation.n_teams < MOST_TEAMS  # or this test must be made anew
    sizes = np.diff(organisation.team_start)
    twice = replace(organisation, teams=organisation.teams * 2, team_start=np.concatenate(
        ([0], np.cumsum(np.tile(sizes, 2)))
    ))  # fmt: skip
    teams = np.tile(five.records.teams, (1, 1, 1, 1, 2, 1))
    many = replace(five, organisation=twice, records=replace(five.records, teams=teams))
    chart = teams_of(many)
    assert chart is not None
    assert len(chart.teams) == MOST_TEAMS
    assert f"the {MOST_TEAMS} largest of" in chart.subtitle


def test_charts_are_written_as_png_and_svg(comparison: Comparison, tmp_path: Path) -> None:
    draw_charts(charts_of(comparison), tmp_path)
    for name in ("curves", "drivers", "teams"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        root = ElementTree.parse(tmp_path / f"{name}.svg").getroot()
        words = " ".join("".join(text.itertext()) for text in root.iter() if text.text)
        assert comparison.names[1] in words


@pytest.mark.slow
def test_the_studio_draws_the_same(comparison: Comparison, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    charts = charts_of(comparison)
    draw_charts(charts, tmp_path / "here")
    with Studio() as studio:
        studio.begin(charts, tmp_path / "there")
        studio.finish()
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "there" / file.name).read_bytes(), file.name


def test_the_studio_says_what_went_wrong(comparison: Comparison, tmp_path: Path) -> None:
    def draw_nowhere() -> None:
        with Studio() as studio:
            studio.begin(charts_of(comparison), tmp_path / "nowhere")
            studio.finish()

    with pytest.raises(FileNotFoundError):
        draw_nowhere()


@pytest.mark.parametrize("weeks", [1, 2, 9, 120])
def test_short_and_long_runs_and_one_replicate_are_drawn(weeks: int) -> None:
    one = run("everything", organisation="small-firm", replicates=1, weeks=weeks)
    for chart in charts_of(one).values():
        assert overlaps(chart.draw()) == []


def test_spread_keeps_order_and_distance() -> None:
    places = spread([0.5, 0.52, 0.1, 0.98, 0.99], 0.1, 0, 1)
    assert np.argsort(places).tolist() == [2, 0, 1, 3, 4]
    assert np.diff(np.sort(places)).min() == pytest.approx(0.1)
    assert max(places) <= 1


DEUTERANOPIA = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
PROTANOPIA = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
XYZ = [[0.4339, 0.3762, 0.1899], [0.2126, 0.7152, 0.0722], [0.0177, 0.1095, 0.8729]]


def seen(colour: str, sight: list[list[float]]) -> np.ndarray:
    """Return a colour in CIE Lab as seen with a colour-vision deficiency (Viénot 1999)."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.array(XYZ) @ np.clip(np.array(sight) @ linear, 0, 1)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", [np.eye(3).tolist(), DEUTERANOPIA, PROTANOPIA])
def test_plans_differ_for_the_colour_blind(sight: list[list[float]]) -> None:
    colours = [seen(style.colour, sight) for style in PLANS]
    for index, one in enumerate(colours):
        for other in colours[:index]:
            assert np.linalg.norm(one - other) > 14
    red, green = seen("#c0392b", sight), seen("#7a7a00", sight)
    if sight == DEUTERANOPIA:  # what must not be chosen is found out
        assert np.linalg.norm(red - green) < 14


def test_plans_differ_without_any_colour() -> None:
    assert len({style.dash for style in PLANS}) == len({s.marker for s in PLANS}) == len(PLANS)
