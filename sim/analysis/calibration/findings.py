"""What a calibration found: targets met and missed, what was learned, whether its chains agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from sim.analysis.calibration.definition import Curve
from sim.analysis.calibration.fit import RULED_OUT, Fit, answers
from sim.analysis.calibration.kernel import distances, goal, labels, natural, observed
from sim.analysis.calibration.reach import Reach
from sim.analysis.firm.kernel import FAR, share_of
from sim.arrays import Floats
from sim.contrast import inside, percentiles
from sim.extensions import need
from sim.numbers import fixed
from sim.parameters import TIED
from sim.posterior import prior_sample

BAND = (0.05, 0.5, 0.95)
"""Quantiles of every band here: the middle 90% of parameter sets."""
INFORMED = 1.95
"""Kolmogorov–Smirnov distance times √n that counts as a change at least (p = 0.001)."""
TOGETHER = 5.0
"""Standard errors of a rank correlation from which a pair is listed at least."""


@dataclass(frozen=True, slots=True)
class CalibrationAnswer:
    """How the model answers one target, as the target states it."""

    name: str
    target: str
    says: str
    source: str
    """``name``, ``target``, ``says``, ``source``: as the study says."""
    observed: float
    low: float
    high: float
    """``low``, ``high``: the figure plus and minus two standard errors."""
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    """``prior``, ``posterior``: 5th, 50th and 95th percentile over parameter sets; the posterior's
    in new replicates."""
    prior_apart: tuple[float, float, float]
    posterior_apart: tuple[float, float, float]
    """``prior_apart``, ``posterior_apart``: the same percentiles as distances from the figure, in
    standard errors; signed."""
    best: float
    best_apart: float
    """``best``, ``best_apart``: the nearest figure that any set gives, in many replicates, and its
    distance."""
    at_most: bool = False
    """Whether lower is as good."""

    @property
    def apart(self) -> float:
        """Distance of the posterior's median from the figure; 0 where lower is as good."""
        middle = self.posterior_apart[1]
        return max(middle, 0.0) if self.at_most else middle

    @property
    def verdict(self) -> str:
        """Whether the target is met: within one standard error, strained within two, or not."""
        if abs(self.apart) <= 1.0:
            return "met"
        return "strained" if abs(self.apart) <= 2.0 else "not met"

    @property
    def why(self) -> str:
        """Why a target is not met: the model cannot answer it, or other targets forbid it."""
        if self.verdict == "met":
            return ""
        reaches = abs(self.best_apart) <= 1.0
        return "against other targets" if reaches else "beyond the model's reach"


@dataclass(frozen=True, slots=True)
class Learned:
    """What the targets say about one parameter."""

    name: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    """``prior``, ``posterior``: 5th, 50th and 95th percentile."""
    share: tuple[float, float, float]
    """The posterior's as shares of the prior: 0.05, 0.5, 0.95 where nothing was learned."""
    moved: float
    """Kolmogorov–Smirnov distance between prior and posterior, 0 to 1."""
    narrowed: float
    """Standard deviation over the prior's, both as shares of the prior."""
    informed: bool
    """Whether the distance is larger than chance makes it."""


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction in the space of shares of the priors that the targets narrow."""

    width: float
    """Standard deviation over the prior's, in sets that did not help to find it."""
    loads: tuple[tuple[str, float], ...]
    """The unknowns that count most in it, with their weights (squares sum to 1 over all)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two parameters that the targets tie together, by rank correlation."""

    one: str
    other: str
    correlation: float


def _band(values: Floats) -> tuple[float, float, float]:
    return percentiles(values, (BAND[0], BAND[-1]))


def answers_to_targets(found: Fit, reached: Reach) -> list[CalibrationAnswer]:
    """Return how prior and posterior answer every target, in the study's order."""
    result = []
    best, best_apart = reached.best()
    for k, (name, target) in enumerate(found.study.targets.items()):
        at, error = observed(target), found.errors[k]
        before, after = (
            np.array(_band(figures[:, k])) for figures in (found.prior.figures, found.check)
        )
        ends = natural(target, at + np.array([-2.0, 2.0]) * error)
        low, high = ends.tolist()
        one = CalibrationAnswer(
            name, target.target, target.says, target.source, target.observed, low, high,
            tuple(natural(target, before).tolist()), tuple(natural(target, after).tolist()),
            tuple(((before - at) / error).tolist()), tuple(((after - at) / error).tolist()),
            float(natural(target, best[k : k + 1])[0]), float(best_apart[k]), target.at_most,
        )  # fmt: skip
        result.append(one)
    return result


def learned(found: Fit) -> list[Learned]:
    """Return what was learned of every unknown, the most first.

    An unknown counts as informed where it moved further than the search carried any of
    those that it moves but never simulates (see ``CalibrationStudy.unknowns``).
    """
    study, points = found.study, found.shares
    n = len(points)
    steps = np.arange(1, n + 1)[:, None] / n
    share = np.sort(points, axis=0)
    moved = np.maximum(np.abs(steps - share), np.abs(steps - 1 / n - share)).max(axis=0)
    limit = max(INFORMED / np.sqrt(n), moved[_controls(found)].max(initial=0.0))
    result = []
    for k, (name, prior) in enumerate(zip(study.unknowns, study.priors, strict=True)):
        low, middle, high = prior.quantile(np.array(BAND)).tolist()
        one = Learned(
            name, (low, middle, high), _band(prior.quantile(share[:, k])),
            _band(share[:, k]), float(moved[k]), float(share[:, k].std() * np.sqrt(12.0)),
            bool(moved[k] > limit),
        )  # fmt: skip
        result.append(one)
    return sorted(result, key=lambda one: -one.moved)


def _controls(found: Fit) -> list[int]:
    """Return the columns of unknowns that are moved but never simulated."""
    n = len(found.study.unknowns)
    return list(range(n - len(found.study.left_out), n))


LOADS = 4
"""Unknowns that are named of a direction."""


def directions(found: Fit) -> list[Direction]:
    """Return the principal directions of the posterior as shares of the priors, narrowest first.

    Eigenvectors of the covariance. The width of the k-th is measured in sets that did not
    help to find it: each chain is left out in turn (halves, where there is one), because the
    narrowest of many directions in few sets is narrow by chance.
    """
    names, points = found.study.unknowns, found.shares
    pieces = found.of_chains(points) if len(found.chains) > 1 else np.array_split(points, 2)
    variance = np.zeros(len(names))
    for left_out, piece in enumerate(pieces):
        rest = np.concatenate([one for k, one in enumerate(pieces) if k != left_out])
        vectors = _axes(rest)
        variance += (piece @ vectors).var(axis=0, ddof=1) / len(pieces)
    widths = np.sqrt(12.0 * variance)
    vectors = _axes(points)
    result = []
    for k in range(len(names)):
        column = vectors[:, k] * np.sign(vectors[np.abs(vectors[:, k]).argmax(), k])
        most = np.argsort(-np.abs(column), kind="stable")[:LOADS]
        loads = tuple((names[i], float(column[i])) for i in most)
        result.append(Direction(float(widths[k]), loads))
    return result


def _axes(points: Floats) -> Floats:
    """Return the eigenvectors of the covariance, the narrowest first."""
    return np.linalg.eigh(np.atleast_2d(np.cov(points.T)))[1]


def correlated(found: Fit) -> list[Pair]:
    """Return the pairs of unknowns that go together, the closest first.

    Listed where the rank correlation is beyond that of every pair with a negative control.
    """
    names, points = found.study.unknowns, found.shares
    ranks = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0, kind="stable")
    apart = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    matrix = (apart[:, :, None] * apart[:, None, :]).mean(axis=0)
    control = _controls(found)
    idle = np.abs(matrix[:, control]) * (1.0 - np.eye(len(names))[:, control])
    limit = max(TOGETHER / np.sqrt(len(points)), idle.max(initial=0.0))
    pairs = [
        Pair(names[i], names[j], float(matrix[i, j]))
        for i, j in combinations(range(len(names)), 2)
        if abs(matrix[i, j]) > limit
    ]
    return sorted(pairs, key=lambda pair: -abs(pair.correlation))


def ruled_out(found: Fit) -> float:
    """Return the share of the prior that at least one target rules out (history matching)."""
    apart = distances(found.study, found.prior.figures, found.chance)
    return float((np.abs(apart).max(axis=1) > RULED_OUT).mean())


def posterior_sets(found: Fit) -> NDArray[np.void]:
    """Return complete parameter sets: fitted as found, left out as their priors say.

    What the study neither fits nor leaves out keeps its default.
    """
    sets = found.sets()
    drawn = prior_sample(len(sets), found.study.seed)
    left_out = found.study.left_out
    for name in (*left_out, *(tied for tied, (base, _) in TIED.items() if base in left_out)):
        sets[name] = drawn[name]
    return sets


def central(found: Fit) -> int:
    """Return the row of the most central set: a real one, not a set of medians.

    Of the half of the sets that come nearest to the targets in new replicates, the one with the
    least mean distance to all sets, in shares of the priors that the targets inform.
    """
    study, points = found.study, found.shares
    informed = {one.name for one in learned(found) if one.informed}
    columns = [k for k, name in enumerate(study.parameters) if name in informed]
    chosen = points[:, columns or slice(None)]
    far = np.sqrt(((chosen[:, None, :] - chosen[None, :, :]) ** 2).sum(axis=2)).mean(axis=1)
    misfit = (distances(study, found.check, found.chance) ** 2).sum(axis=1)
    far[misfit > np.median(misfit)] = np.inf
    return int(far.argmin())


PREDICT = 2**31 + 3
"""Key of the replicates in which curves are predicted."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Curves of one firm, as each set of the posterior would have them in one replicate."""

    name: str
    curve: Curve
    draws: Floats
    """In the units of ``curve.observed.values``; without what the model may be off by. Shape
    (n_sets, n_values)."""


@dataclass(frozen=True, slots=True)
class CurveAnswer:
    """How the posterior answers a table of measured use."""

    name: str
    values: int
    """How many values it holds."""
    inside: float
    """Share of them inside the 80% band of one firm's replicates."""
    off: float
    """Root mean square of median less measured, in shares."""
    nearest: float
    """Distance of the nearest set (root mean square of standard errors)."""


def predicted(found: Fit, threads: int | None = None) -> list[Predicted]:
    """Return what every set of the posterior predicts of each table of measured use."""
    study = found.study
    if not study.curves:
        return []
    once = {name: one.model_copy(update={"replicates": 1}) for name, one in study.settings.items()}
    of = {curve.setting for curve in study.curves.values()}
    figures, _ = answers(
        replace(study, settings=once), found.posterior.points, PREDICT, settings=of,
        threads=threads,
    )  # fmt: skip
    result, first = [], len(study.targets)
    for name, curve in study.curves.items():
        columns = slice(first, first + len(curve.observed.weeks))
        first = columns.stop
        result.append(Predicted(name, curve, share_of(figures[:, columns], curve.place.tops)))
    return result


def curve_answers(found: Fit, reached: Reach, ahead: list[Predicted]) -> list[CurveAnswer]:
    """Return how the posterior answers each table of measured use."""
    result, first = [], len(found.study.targets)
    for one in ahead:
        values = one.curve.observed.values
        columns = list(range(first, first + len(values)))
        first += len(values)
        off = (np.median(one.draws, axis=0) - values) / one.curve.place.tops
        result.append(
            CurveAnswer(
                one.name, len(values), float(inside(one.draws, values).mean()),
                float(np.sqrt((off**2).mean())), reached.nearest(columns),
            )
        )  # fmt: skip
    return result


def out_of_reach(told: list[CalibrationAnswer], curves: list[CurveAnswer]) -> list[str]:
    """Return what no set comes near: more than two standard errors off, however it is chosen."""
    found = [
        f"{one.name} (the nearest of all sets is {fixed(abs(one.best_apart), 1)} standard errors "
        "off)"
        for one in told
        if one.verdict == "not met" and abs(one.best_apart) > FAR
        and not (one.at_most and one.best_apart < 0)
    ]  # fmt: skip
    found += [
        f"{one.name} (the nearest of all sets is {fixed(one.nearest, 1)} times as far off as "
        "chance and discrepancy explain)"
        for one in curves if one.nearest > FAR
    ]  # fmt: skip
    return found


@dataclass(frozen=True, eq=False)
class Convergence:
    """How well chains agree."""

    figures: Floats
    """R-hat of each figure, in new replicates, shape (n_targets,)."""
    unknowns: Floats
    """R-hat of each unknown, shape (n_unknowns,)."""
    sets: int
    """Parameter sets of all chains."""
    effective_figures: float
    effective_unknowns: float
    """``effective_figures``, ``effective_unknowns``: independent sets that would vary as much
    between chains; NaN for a single chain."""

    @property
    def worst_figures(self) -> float:
        """The largest R-hat of a figure."""
        return float(self.figures.max())

    @property
    def worst_unknowns(self) -> float:
        """The largest R-hat of an unknown."""
        return float(self.unknowns.max())


def converged(found: Fit) -> Convergence:
    """Return how well the chains of a fit agree."""
    points = found.of_chains(found.shares)
    figures = found.of_chains(found.check)
    return Convergence(
        r_hat(figures), r_hat(points), len(found.check), effective(figures), effective(points)
    )


def r_hat(chains: Sequence[Floats]) -> Floats:
    """Return the rank-normalised split R-hat of every column.

    The larger of that of the ranks (agreement on the middle) and of the distances from the median
    (agreement on the spread) [Vehtari et al. 2021, doi:10.1214/20-BA1221]. A chain's halves are its
    first and its last sets: a population has no order in time. 1 where the chains cannot be told
    apart. Shape (n_columns,).

    - ``chains``, shape (n_sets, n_columns): the same number of sets each.
    """
    half = len(chains[0]) // 2
    pieces = np.stack([part for one in chains for part in (one[:half], one[-half:])])
    apart = np.abs(pieces - np.median(pieces, axis=(0, 1)))
    return np.maximum(_classic(_normal(pieces)), _classic(_normal(apart)))


def effective(chains: Sequence[Floats]) -> float:
    """Return how many independent sets would vary as much between chains, over all columns.

    Among m chains of n independent sets, n times the variance of the means over the variance
    inside is 1 on average; how much more it is, on the mean over all columns, is how much
    fewer sets there are. At most as many as there are; NaN for one chain.
    """
    if len(chains) < 2:
        return float("nan")
    ranks = _normal(np.stack(list(chains)))
    n_sets = ranks.shape[0] * ranks.shape[1]
    inside = ranks.var(axis=1, ddof=1).mean(axis=0)
    between = ranks.shape[1] * ranks.mean(axis=1).var(axis=0, ddof=1)
    moving = inside > 0
    if not moving.any():
        return float(n_sets)
    return float(n_sets / max((between[moving] / inside[moving]).mean(), 1.0))


def _normal(pieces: Floats) -> Floats:
    """Return normal scores of ranks over all pieces, column by column."""
    flat = pieces.reshape(-1, pieces.shape[-1])
    ranks = rankdata(flat, axis=0)
    return ndtri((ranks - 0.375) / (len(flat) + 0.25)).reshape(pieces.shape)


def _classic(pieces: Floats) -> Floats:
    """Return sqrt(((n - 1)/n · W + B/n) / W) over pieces of n sets; 1 for what never varies."""
    n = pieces.shape[1]
    inside = pieces.var(axis=1, ddof=1).mean(axis=0)
    between = pieces.mean(axis=1).var(axis=0, ddof=1)
    whole = (n - 1) / n * inside + between
    ratio = np.divide(whole, inside, out=np.ones_like(whole), where=inside > 0)
    return np.sqrt(np.maximum(ratio, 0.0))


def inference_data(found: Fit, threads: int | None = None) -> Any:
    """Return a calibration as ``arviz.InferenceData``.

    Groups: ``posterior`` and ``prior`` (unknowns, by chain and draw), ``sample_stats`` (the log
    kernel as ``lp``), ``posterior_predictive`` (figures of new replicates; of measured use single
    replicates) and ``observed_data`` (what was to be met). Figures are on the scale on which they
    are compared: logits, logarithms, angles; curves in shares. Raises InputError where ArviZ is not
    installed.
    """
    need("arviz", where="--arviz")
    import arviz

    study = found.study
    last = [chain[-1] for chain in found.chains]
    sets = found.sets()
    posterior = {
        name: np.stack(found.of_chains(sets[name].astype(np.float64))) for name in study.parameters
    }
    shares = found.of_chains(found.shares)
    first = len(study.parameters)
    for k, name in enumerate(study.nuisances):
        prior = study.priors[first + k]
        posterior[f"spread of {name}"] = np.stack(
            [prior.quantile(one[:, first + k]) for one in shares]
        )
    before = study.shares(found.prior.points)
    prior_draws = {
        name: study.priors[k].quantile(before[:, k])[None]
        for k, name in enumerate(study.parameters)
    }
    n = len(study.targets)
    figures = {"figures": np.stack([one[:, :n] for one in found.of_chains(found.check)])}
    data = {"figures": goal(study)[:n]}
    coords: dict[str, Any] = {"figure": labels(study)[:n]}
    dims = {"figures": ["figure"]}
    for one in predicted(found, threads):
        figures[one.name] = np.stack(found.of_chains(one.draws))
        data[one.name] = one.curve.observed.values
        coords[f"{one.name}_value"] = one.curve.labels(one.name)
        dims[one.name] = [f"{one.name}_value"]
    return arviz.from_dict(
        posterior=posterior, prior=prior_draws, posterior_predictive=figures, observed_data=data,
        sample_stats={"lp": np.stack([one.kernel for one in last])}, coords=coords, dims=dims,
    )  # fmt: skip
