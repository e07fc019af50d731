"""What the model can answer at best: to each target alone, and to two that pull apart.

Neither the band of the prior nor the sets of a search tell: both are simulated in few replicates,
and the nearest of many noisy figures is near by chance. Here the sets that came nearest to a
target (or to two) of all that any chain simulated are simulated again, all in the same many
new replicates, where chance in a figure is small beside its error, and the nearest is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from sim.analysis.calibration.definition import CalibrationStudy
from sim.analysis.calibration.fit import Fit, answers, kept_of
from sim.analysis.calibration.kernel import columns_of, distances, seen_once, variances
from sim.arrays import Bools, Floats, Ints
from sim.results.key import Form

Rows = Ints

NEAREST, NEAREST_TO_BOTH = 16, 6
"""Sets that are tried again for a target, and for a pair of targets."""
REACH = 2**31 + 1
"""Key of the replicates in which reach is judged."""
HALF = 0.5
"""Standard errors from which a figure is off at least, and two cannot be met together."""


@dataclass(frozen=True, eq=False)
class Reach:
    """Figures of the sets that came nearest to some target, in many replicates."""

    tried: Floats
    """NaN where a set was not tried for a target, shape (n, n_targets)."""
    apart: Floats
    """The same as distances, in standard errors with the chance that this many replicates leave, or
    that of one firm where one was seen. Shape (n, n_targets)."""

    def best(self) -> tuple[Floats, Floats]:
        """Return the figure nearest to each target, and its distance; shape (n_targets,)."""
        row = np.nanargmin(np.abs(self.apart), axis=0)
        columns = np.arange(self.tried.shape[1])
        return self.tried[row, columns], self.apart[row, columns]

    def nearest(self, columns: list[int]) -> float:
        """Return how far the nearest set is from a curve (root mean square of distances)."""
        whole = self.apart[:, columns]
        tried = whole[~np.isnan(whole).any(axis=1)]
        return float(np.sqrt((tried**2).mean(axis=1).min()))

    def together(self, one: int, other: int) -> tuple[float, float]:
        """Return the distances of the set that meets two targets best, by the worse of both."""
        both = self.apart[:, [one, other]]
        worse = np.abs(both).max(axis=1)
        near = both[int(np.nanargmin(worse))]
        return float(near[0]), float(near[1])


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two targets that no set meets together."""

    one: str
    other: str
    one_apart: float
    other_apart: float
    """``one_apart``, ``other_apart``: distances of the posterior's medians, in standard errors."""
    one_alone: float
    other_alone: float
    """``one_alone``, ``other_alone``: distances of the nearest set, for each target alone."""
    one_together: float
    other_together: float
    """``one_together``, ``other_together``: distances of the set that comes nearest to both."""

    @property
    def worse(self) -> float:
        """The larger distance of the set that comes nearest to both."""
        return max(abs(self.one_together), abs(self.other_together))


def reach(found: Fit, folder: Path, *, threads: int | None = None) -> Reach:
    """Simulate again what came nearest to each target, and to each pair that is off.

    - ``folder``: where the figures are kept until the end.
    """
    rows, asked = _asked(found)
    forms = {"tried": Form(asked.shape), "chance": Form(asked.shape, 0)}
    again = kept_of(found.study, folder).once(
        "reach", forms, lambda: _again(found, rows, asked, threads)
    )
    tried, chance = (np.where(asked, again[name], np.nan) for name in ("tried", "chance"))
    middle = np.nanmedian(chance, axis=0)
    once = [seen_once(found.study, name) for name in columns_of(found.study)]
    middle = np.where(once, variances(found.chance), middle)  # one firm was seen, not its mean
    return Reach(tried, distances(found.study, tried, middle))


def _asked(found: Fit) -> tuple[Rows, Bools]:
    """Return sets to simulate again, and for which figures: always all of a setting."""
    apart = np.abs(distances(found.study, found.tried.figures, found.chance))
    wanted = _wanted(found.study, apart, off_pairs(found))
    rows = np.unique(np.concatenate([chosen for chosen, _ in wanted]))
    setting_of = np.array(columns_of(found.study))
    asked = np.zeros((len(rows), len(setting_of)), np.bool_)
    for chosen, of in wanted:
        beside = np.isin(setting_of, setting_of[list(of)])
        asked[np.ix_(np.searchsorted(rows, chosen), beside)] = True
    return rows, asked


def _again(found: Fit, rows: Rows, asked: Bools, threads: int | None) -> dict[str, Floats]:
    """Return figures of sets, simulated again, and the chance in them; 0 where not asked."""
    study = found.study
    setting_of = np.array(columns_of(study))
    tried = np.zeros(asked.shape)
    chance = np.zeros(asked.shape)
    for setting in study.settings:
        its = setting_of == setting
        at = asked[:, its].any(axis=1)
        if not at.any():
            continue
        seen, left = answers(
            study, found.tried.points[rows[at]], REACH, replicates=study.effort.reach,
            settings=[setting], threads=threads,
        )  # fmt: skip
        place = np.ix_(at, its)
        tried[place], chance[place] = seen[:, its], left[:, its]
    return {"tried": tried, "chance": chance}


def off_pairs(found: Fit) -> list[tuple[int, int]]:
    """Return the pairs of targets whose posterior medians are both off."""
    middle = _middle(found)
    off = np.flatnonzero(np.abs(middle[: len(found.study.targets)]) > HALF).tolist()
    return list(combinations(off, 2))


def _middle(found: Fit) -> Floats:
    """Return the distances of the posterior's median figures; 0 where lower is as good."""
    middle = np.median(found.check, axis=0)[None, :]
    return distances(found.study, middle, found.chance)[0]


def _wanted(
    study: CalibrationStudy, apart: Floats, pairs: list[tuple[int, int]]
) -> list[tuple[Rows, tuple[int, ...]]]:
    """Return sets to try again, and the figures that they are tried for: a curve as a whole."""
    n = len(study.targets)
    alone: list[tuple[Rows, tuple[int, ...]]] = [
        (np.argsort(one, kind="stable")[:NEAREST], (k,)) for k, one in enumerate(apart[:, :n].T)
    ]
    for curve in study.curves.values():
        columns = tuple(range(n, n := n + len(curve.observed.weeks)))
        far = (apart[:, columns] ** 2).mean(axis=1)
        alone.append((np.argsort(far, kind="stable")[:NEAREST], columns))
    both = [
        (np.argsort(apart[:, pair].max(axis=1), kind="stable")[:NEAREST_TO_BOTH], pair)
        for pair in pairs
    ]
    return [*alone, *both]


def conflicts(found: Fit, reached: Reach) -> list[Conflict]:
    """Return the pairs of targets that contradict each other, the worst first.

    Both are more than half an error off in the posterior, each comes nearer alone, and the
    set that comes nearest to both is still half an error further from one of them than the
    sets that come nearest to each alone.
    """
    names, middle = list(found.study.targets), _middle(found)
    _, alone = reached.best()
    result = []
    for one, other in off_pairs(found):
        both = reached.together(one, other)
        pair = Conflict(
            names[one], names[other], float(middle[one]), float(middle[other]),
            float(alone[one]), float(alone[other]), *both,
        )  # fmt: skip
        if pair.worse > max(abs(pair.one_alone), abs(pair.other_alone)) + HALF:
            result.append(pair)
    return sorted(result, key=lambda pair: -pair.worse)
