"""Scenario discovery: which combinations of assumptions and levers lead to what is asked about.

The patient rule induction method (PRIM) of Friedman and Fisher, as the EMA workbench has
it: it peels the space of points, a little at a time, to a box in which the answer is mostly
yes. A box is described, not proven: the quasi-p says how likely a restriction would come
about by chance alone.

It is asked in SQL, by DuckDB, as any question about a study.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.sweep.specification import LEVERS_OF_A_CELL
from sim.analysis.sweep.study import Study, as_name, as_text
from sim.arrays import Bools
from sim.errors import InputError, refusal
from sim.extensions import need
from sim.numbers import brief, exact

if TYPE_CHECKING:
    import pandas as pd


FEWEST_POINTS = 20
MOST_BOXES = 3
SMALLEST_MASS = 0.05
DENSER = 1.5
"""A box must hold cases this many times as densely as all points do."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """One restriction of a box."""

    factor: str
    said: str
    """The values inside."""
    quasi_p: float
    """Chance of so many cases without this restriction; NaN where it has no meaning."""
    low: float = float("nan")
    high: float = float("nan")
    """``low``, ``high``: the range inside; NaN for words."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of the space of points."""

    limits: tuple[Restriction, ...]
    """The most important first."""
    coverage: float
    """Share of all cases that are inside."""
    density: float
    """Share of the points inside that are cases."""
    mass: float
    """Share of all points that are inside."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What leads to what is asked about."""

    where: str
    points: int
    cases: int
    boxes: tuple[Box, ...]
    """Each found among the points that those before it leave."""


def points_with(study: Study, where: str) -> pd.DataFrame:
    """Return a row a point (scenario, organisation), with means over replicates and ``case``.

    - ``where``: SQL over the outcomes' means over replicates and over what is varied. Where there
      are several scenarios, ``training_first.habitual_w52`` is the outcome under one of them at the
      same point, and ``habitual_w52: training-first less licences-only`` a difference; a condition
      that uses such a form has one row a point.

    Raises InputError with what DuckDB says is wrong, and where no run is stored.
    """
    if not len(study.stored.key):
        raise refusal(str(study.folder), "", "has no runs yet", "uptake sweep first")
    names = [one["name"] for one in study.manifest["scenarios"]]
    slugs = {re.sub(r"\W+", "_", name): name for name in names}
    outcomes = [as_name(outcome) for outcome in study.outcomes]
    means = ", ".join(f"avg({outcome}) AS {outcome}" for outcome in outcomes)
    struct = ", ".join(f"{outcome} := {outcome}" for outcome in outcomes)
    keys = "point, scenario, organisation"
    asked, where = where, _spelled_out(study, where, slugs)
    across = [slug for slug in slugs if re.search(rf"\b{re.escape(slug)}\s*\.", where)]
    joins, picked = "", ""
    for slug in across:
        joins += (
            f' LEFT JOIN (SELECT point, organisation, struct_pack({struct}) AS "{slug}" '
            f"FROM means WHERE scenario = {as_text(slugs[slug])}) USING (point, organisation)"
        )
        picked += f', "{slug}"'
    first = f"WHERE scenario = {as_text(slugs[across[0]])}" if across else ""
    varied = [f"points.{as_name(n)}" for n in study.factors if n not in LEVERS_OF_A_CELL]
    head = ", ".join([*varied, "means.*"])
    query = (
        f"WITH means AS (SELECT {keys}, {means} FROM runs GROUP BY {keys}), "
        f"wide AS (SELECT {head}{picked} FROM means JOIN points USING (point){joins} {first}) "
        f'SELECT *, coalesce(({where}), false) AS "case" FROM wide ORDER BY {keys}'
    )
    try:
        return study.sql(query).drop(columns=across)
    except InputError as error:
        what = re.sub(r"\s*LINE \d+:.*", "", error.problems[0].what)
        right = "a condition such as habitual_w52 < 0.3"
        raise refusal(f"--where {asked}", "", what, right) from None


def _spelled_out(study: Study, where: str, slugs: Mapping[str, str]) -> str:
    """Return a condition with its differences, as ``habitual_w52: a less b``, as SQL has them."""

    def either(names: Iterable[str]) -> str:
        return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))

    slug = {name: slug for slug, name in slugs.items()}
    difference = rf"({either(study.outcomes)}): ({either(slug)}) less ({either(slug)})(?![\w-])"
    return re.sub(
        difference,
        lambda found: "({1}.{0} - {2}.{0})".format(
            as_name(found[1]), slug[found[2]], slug[found[3]]
        ),
        where,
    )


def discover(study: Study, where: str) -> Discovery:
    """Return the boxes of points in which ``where`` (see ``points_with``) mostly holds.

    Raises InputError where the EMA workbench is not installed, the condition is wrong, or it holds
    at no point or at all of them.
    """
    table = points_with(study, where)
    cases = table["case"].to_numpy(bool)
    if len(table) < FEWEST_POINTS:
        raise refusal(str(study.folder), "", f"has {len(table)} points", f"{FEWEST_POINTS} or more")
    if cases.all() or not cases.any():
        what = f"holds at {'every point' if cases.all() else 'none'} of {len(table)}"
        right = "a condition that holds at some points and not at others"
        raise refusal(f"--where {where}", "", what, right)
    varied = dict.fromkeys((*study.factors, *LEVERS_OF_A_CELL))
    names = [name for name in varied if table[name].nunique() > 1]
    if not names:
        raise refusal(str(study.folder), "", "varies nothing", "uncertainties or levers")
    boxes = boxes_of(table[names], cases)
    return Discovery(where, len(table), int(cases.sum()), boxes)


def boxes_of(x: pd.DataFrame, cases: Bools, most: int = MOST_BOXES) -> tuple[Box, ...]:
    """Return boxes of points in which cases are dense.

    - ``x``: what varies, a row a point; words are categories.
    - ``cases``, shape (n_points,)
    - ``most``: number of boxes at most.

    Raises InputError where the EMA workbench is not installed.
    """
    import logging
    import warnings

    need("discovery", where="uptake discover")
    if cases.all() or not cases.any():  # nothing to tell apart
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ema_workbench.analysis import prim
    logging.getLogger("EMA").setLevel(logging.ERROR)
    names = {f"x{i}": name for i, name in enumerate(x.columns)}  # some names mean more to it
    x = x.set_axis(list(names), axis=1)
    for name in x.columns:
        if not np.issubdtype(x[name].to_numpy().dtype, np.number):
            x[name] = x[name].astype(str).astype("category")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        enough = min(0.8, DENSER * float(cases.mean()))
        found = prim.Prim(x, cases, threshold=enough, mass_min=SMALLEST_MASS)
        boxes = []
        for _ in range(most):
            box = found.find_box()
            if box is None or not box.res_dim:
                break
            boxes.append(_box(box, x, names))
            if boxes[-1].density < cases.mean() or boxes[-1].coverage < SMALLEST_MASS:
                boxes.pop()
                break
    return tuple(boxes)


def _box(box: Any, x: pd.DataFrame, names: dict[str, str]) -> Box:
    """Return the step of a peeling at which coverage and density are best together."""
    steps = box.peeling_trajectory
    f1 = 2 * steps["coverage"] * steps["density"] / (steps["coverage"] + steps["density"])
    chosen = int(f1.to_numpy().argmax())
    limits = box.box_lims[chosen]
    qp = box.qp[chosen] if hasattr(box, "qp") else {}
    whole = {
        name: (x[name].min(), x[name].max()) if x[name].dtype != "category" else set(x[name])
        for name in x.columns
    }
    nan = float("nan")
    said: list[tuple[str, str, float, float]] = []
    for name in x.columns:
        inside = limits[name]
        if x[name].dtype == "category":
            left = set(inside.iloc[0])
            if left != whole[name]:
                said.append((name, " or ".join(sorted(map(str, left))), nan, nan))
            continue
        low, high = float(inside.iloc[0]), float(inside.iloc[1])
        first, last = whole[name]
        values = np.unique(x[name])
        if len(values) <= min(FEW_VALUES, len(x) / 2):  # a limit stands on one of them
            kept = values[(values >= low) & (values <= high)]
            if len(kept) < len(values):
                said.append((name, " or ".join(map(exact, kept)), low, high))
            continue
        if low > first and high < last:
            said.append((name, f"{brief(low)} to {brief(high)}", low, high))
        elif low > first:
            said.append((name, f"above {brief(low)}", low, float("inf")))
        elif high < last:
            said.append((name, f"below {brief(high)}", -float("inf"), high))
    found = [
        Restriction(names[name], text, _quasi(qp.get(name, ())), low, high)
        for name, text, low, high in said
    ]
    found.sort(key=lambda limit: limit.quasi_p if np.isfinite(limit.quasi_p) else 1.0)
    row = steps.iloc[chosen]
    return Box(tuple(found), float(row["coverage"]), float(row["density"]), float(row["mass"]))


def _quasi(values: Any) -> float:
    return min((float(value) for value in values if value >= 0), default=float("nan"))


FEW_VALUES = 6
"""Values up to which a number is said as those inside, not by limits."""
