"""Fit a study: from the prior to the posterior, population by population, resumably."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.analysis.calibration import smc
from sim.analysis.calibration.definition import CalibrationStudy, SearchBudget
from sim.analysis.calibration.kernel import (
    by_block,
    columns_of,
    covariance,
    distances,
    errors,
    figure,
    goal,
    log_kernel,
    seen_once,
    variances,
)
from sim.analysis.calibration.observe import SimulatedSurvey, observe
from sim.arrays import Floats
from sim.extensions import need
from sim.numbers import brief, fixed, share
from sim.results.key import Form, KeptArrays

BATCH = 64
"""Parameter sets simulated in one call: bounds memory, and changes no number."""
AT_ONCE = 5
"""Moves at the end after which a population is kept: what a kill can cost."""
RULED_OUT = 3.0
"""Standard errors beyond which a target rules a set out (Pukelsheim's three sigma)."""
SEARCH, CHECK = 0, 2**31
"""Keys of the replicates of the search, and of the last check.

All sets are tried under common random numbers, so that no set is preferred by chance; that the
replicates are few is counted in the distance, as a variance of every figure. Chains share
them: only so do they seek the same posterior, and tell by differing that the search is short."""
_CHAIN = 2**32
"""Key from which a later chain's seed is made."""


RECENT = 1500
"""Sets, the last that were tried, on which moves of the next population are guided."""


@dataclass(eq=False)
class Tried:
    """Sets that were simulated, in order, and their figures in the replicates of the search."""

    points: Floats
    """Shape (n, d)."""
    figures: Floats
    """Shape (n, n_targets)."""

    @classmethod
    def joined(cls, parts: Sequence[Tried]) -> Tried:
        """Return all parts in order."""
        return cls(
            np.concatenate([one.points for one in parts]),
            np.concatenate([one.figures for one in parts]),
        )


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain on its way: what it kept, and what it tried for each population."""

    populations: list[smc.Population]
    tried: list[Tried]
    chance: Floats

    def guide(self, study: CalibrationStudy, gamma: float) -> smc.Guide:
        """Return where the next moves are to be guided, from what was tried last."""
        whole = Tried.joined(self.tried)
        return smc.guide(
            whole.points[-RECENT:], whole.figures[-RECENT:], goal(study),
            covariance(study, self.chance), gamma,
        )  # fmt: skip


def kept_of(study: CalibrationStudy, folder: Path) -> KeptArrays:
    """Return where a study keeps its populations until the end."""
    return KeptArrays(folder, study.key, "another --out, or --force to begin anew")


def keep_chain(kept: KeptArrays, chain: Chain) -> None:
    """Write down the chain's last population, and what was tried for it."""
    one, tried = chain.populations[-1], chain.tried[-1]
    kept.write(
        f"population-{len(chain.populations) - 1:03}", points=one.points, figures=one.figures,
        shares=np.array([one.gamma, one.accepted]), evaluations=np.array([one.evaluations]),
        felt=np.ones((2, one.points.shape[1])) if one.influence is None else one.influence,
        tried_points=tried.points, tried_figures=tried.figures, chance=chain.chance,
    )  # fmt: skip


def kept_chain(study: CalibrationStudy, kept: KeptArrays) -> Chain | None:
    """Return an earlier attempt at a chain."""
    d, k, n = len(study.priors), len(columns_of(study)), study.effort.sets
    once = any(seen_once(study, name) for name in study.settings)
    forms = {
        "figures": Form(("n", k)), "shares": Form((2,), 0, 1), "felt": Form((2, d), 1),
        "evaluations": Form((1,), 0, kind="whole"), "tried_points": Form(("m", d), 0, 1),
        "tried_figures": Form(("m", k)), "chance": Form((k, k)) if once else Form((k,), 0),
    }  # fmt: skip
    chain = Chain([], [], np.zeros(k))
    for step, name in enumerate(kept.names("population-*")):
        size = n if step else n * study.effort.first
        one = kept.read(name, {"points": Form((size, d), 0, 1), **forms})
        if name != f"population-{step:03}":
            raise kept.refused(name, "stands without those before it")
        (gamma, accepted), (evaluations,) = one["shares"].tolist(), one["evaluations"].tolist()
        tried = Tried(one["tried_points"], one["tried_figures"])
        try:
            kernel = log_kernel(study, one["figures"], one["chance"])
            population = smc.Population(
                one["points"], kernel, one["figures"], gamma, accepted, evaluations, one["felt"]
            )
            chain = Chain([*chain.populations, population], [*chain.tried, tried], one["chance"])
            chain.guide(study, gamma)
        except np.linalg.LinAlgError:
            raise kept.refused(name, "holds numbers that no search comes by") from None
    return chain if chain.populations else None


@dataclass(frozen=True, eq=False)
class Fit:
    """A calibration that has come to its end."""

    study: CalibrationStudy
    chains: tuple[tuple[smc.Population, ...], ...]
    """Of each chain, from the prior (the first) to the posterior (the last)."""
    chance: Floats
    """Variance that chance adds to each figure, as counted in the distance; its covariance where
    the chance of one firm is in it. Shape (n_figures,) or (n_figures, n_figures)."""
    check: Floats
    """Figures of the posterior's sets in replicates that the search never saw. Shape (n_sets,
    n_figures)."""
    tried: Tried
    """Every set that any chain simulated."""

    @property
    def prior(self) -> smc.Population:
        """The first populations of all chains."""
        return _joined([chain[0] for chain in self.chains])

    @property
    def posterior(self) -> smc.Population:
        """The last populations of all chains."""
        return _joined([chain[-1] for chain in self.chains])

    @property
    def errors(self) -> Floats:
        """Standard error of each target and the chance in its figure; shape (n_figures,)."""
        return np.sqrt(errors(self.study) ** 2 + variances(self.chance))

    @property
    def shares(self) -> Floats:
        """How much of each unknown's own prior lies below the posterior's sets; (n_sets, d)."""
        return self.study.shares(self.posterior.points)

    def of_chains(self, rows: Floats) -> list[Floats]:
        """Return what belongs to the posterior's sets, chain by chain."""
        ends = np.cumsum([len(chain[-1].points) for chain in self.chains])
        return np.split(rows, ends[:-1])

    def sets(self) -> NDArray[np.void]:
        """Return the posterior's complete parameter sets; what is not fitted has its default."""
        return sets_of(self.study, self.posterior.points)


def _joined(populations: list[smc.Population]) -> smc.Population:
    return smc.Population(
        np.concatenate([one.points for one in populations]),
        np.concatenate([one.kernel for one in populations]),
        np.concatenate([one.figures for one in populations]),
        gamma=populations[0].gamma,
        accepted=float(np.mean([one.accepted for one in populations])),
        evaluations=sum(one.evaluations for one in populations),
    )


def sets_of(study: CalibrationStudy, points: Floats) -> NDArray[np.void]:
    """Return complete parameter sets of points in the unit cube."""
    return study.start.sets(points[:, : len(study.parameters)])


def spreads_of(study: CalibrationStudy, points: Floats) -> dict[str, Floats]:
    """Return the spread between firms at points in the unit cube, by setting."""
    first = len(study.parameters)
    return {
        name: prior.quantile(points[:, first + k])
        for k, (name, prior) in enumerate(study.nuisances.items())
    }


def answers(
    study: CalibrationStudy, points: Floats, key: int, *, replicates: int = 1,
    settings: Collection[str] | None = None, threads: int | None = None,
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return what the model answers to every target.

    Figures, and the variance of the chance in them. Shape (n, n_figures).

    - ``points``, shape (n, d): shares of the priors.
    - ``key``: of the replicates; the same key gives all points the same replicates.
    - ``replicates``: times the replicates of the settings.
    - ``settings``: those to simulate; figures of all others are NaN. All by default.
    """
    figures = np.full((len(points), len(columns_of(study))), np.nan)
    spread = np.full_like(figures, np.nan)
    for first in range(0, len(points), BATCH):
        part = slice(first, min(first + BATCH, len(points)))
        sets, spreads = sets_of(study, points[part]), spreads_of(study, points[part])
        for s, name in enumerate(study.settings):
            if settings is not None and name not in settings:
                continue
            seed = hash_of(study.seed, key, s)
            seen = observe(
                study, name, sets, spreads.get(name), seed, replicates=replicates, threads=threads
            )
            for t, target in enumerate(study.targets.values()):
                if target.setting != name:
                    continue
                if seen_once(study, name):  # what one firm would say, on average
                    each = by_block(target, seen)
                    figures[part, t] = each.mean(axis=0)
                    spread[part, t] = each.var(axis=0) / max(len(each) - 1, 1)
                else:
                    figures[part, t], spread[part, t] = figure(target, seen)
            first = len(study.targets)
            for curve in study.curves.values():
                columns = slice(first, first + len(curve.observed.weeks))
                first = columns.stop
                if curve.setting == name:
                    at = seen.curve(curve)
                    figures[part, columns] = at.mean(axis=1)
                    spread[part, columns] = at.var(axis=1) / max(at.shape[1] - 1, 1)
    return figures, spread


CHANCE = 2**31 + 2
"""Key of the replicates in which the chance of one firm is found."""
NEAR, DRAWS_A_FIGURE, LEAST = 32, 10, 8
"""Sets near the targets whose chance is pooled; replicates of theirs a figure, all together; and
replicates of each at least."""


def _one_firms_chance(
    study: CalibrationStudy, points: Floats, chance: Floats, threads: int | None
) -> Floats:
    """Return the covariance of chance: of one firm's figures where they were seen once.

    What a replicate's figures are off the mean of their set, pooled over some sets; and the
    chance that is left in the means of the search.

    - ``points``, shape (n, d): sets near the targets.
    - ``chance``, shape (n_figures,): of all other figures.
    """
    whole, setting_of = np.diag(chance), np.array(columns_of(study))
    sets, spreads = sets_of(study, points), spreads_of(study, points)
    for s, name in enumerate(study.settings):
        columns = np.flatnonzero(setting_of == name)
        if not len(columns) or not seen_once(study, name):
            continue
        replicates = study.settings[name].replicates
        wanted = max(LEAST, -(-DRAWS_A_FIGURE * len(columns) // len(points)) + 1)
        seed = hash_of(study.seed, CHANCE, s)
        seen = observe(
            study, name, sets, spreads.get(name), seed, replicates=-(-wanted // replicates),
            threads=threads,
        )  # fmt: skip
        at = one_by_one(study, name, seen)
        apart = at - at.mean(axis=1, keepdims=True)
        flat = apart.reshape(-1, len(columns))
        one = flat.T @ flat / (len(at) * (at.shape[1] - 1))
        blocks = replicates * len(study.organisations[name])
        whole[np.ix_(columns, columns)] = one * (1 + 1 / blocks)
    return whole


def one_by_one(study: CalibrationStudy, name: str, seen: SimulatedSurvey) -> Floats:
    """Return the figures of a setting as each replicate alone would have them.

    Targets of the setting, then values of its curves. Shape (n_sets, n_blocks, n_columns).
    """
    pieces = [
        by_block(target, seen).T[..., None]
        for target in study.targets.values() if target.setting == name
    ]  # fmt: skip
    pieces += [seen.curve(one) for one in study.curves.values() if one.setting == name]
    return np.concatenate(pieces, axis=2)


def hash_of(seed: int, key: int, setting: int) -> int:
    """Return the seed of a setting's replicates in a step."""
    state = np.random.SeedSequence([seed, key, setting]).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def fit(
    study: CalibrationStudy, folder: Path, *, threads: int | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Fit:  # fmt: skip
    """Fit a study; take up where an earlier attempt in ``folder`` was stopped.

    - ``folder``: where populations are kept; each is written whole or not at all.
    - ``say``: called with each population.

    Raises InputError where the folder holds populations of another study.
    """
    need("study", where="sim.analysis.calibration", only=("scipy",))
    chains: list[tuple[smc.Population, ...]] = []
    tried: list[Tried] = []
    chance: Floats | None = None
    kept = kept_of(study, folder).swept()
    for c in range(study.effort.chains):
        one = _chain(study, kept.within(f"chain-{c + 1}"), c, chance, threads, say)
        chance = one.chance
        chains.append(tuple(one.populations))
        tried += one.tried
    assert chance is not None
    points = np.concatenate([chain[-1].points for chain in chains])
    check = _check(study, kept, points, threads)
    return Fit(study, tuple(chains), chance, check, Tried.joined(tried))


def _chain(
    study: CalibrationStudy, kept: KeptArrays, c: int, chance: Floats | None, threads: int | None,
    say: Callable[[str], None],
) -> Chain:  # fmt: skip
    """Lead one chain from the prior to the posterior; the first finds the variance of chance."""
    effort, seed = study.effort, seed_of(study, c)
    who = f"chain {c + 1}: " if effort.chains > 1 else ""
    chain = kept_chain(study, kept)
    if chain:
        say(f"{who}taken up after population {len(chain.populations) - 1}")
    else:
        first, chance = _first(study, c, chance, threads)
        chain = Chain([first], [Tried(first.points, first.figures)], chance)
        keep_chain(kept, chain)
        say(f"{who}population 0: {len(first.points)} draws of the prior")
    counted, tried = chain.chance, list[Tried]()

    def evaluate(points: Floats) -> tuple[Floats, Floats]:
        figures, _ = answers(study, points, SEARCH, threads=threads)
        tried.append(Tried(points, figures))
        return log_kernel(study, figures, counted), figures

    while (sweeps := _sweeps_ahead(effort, chain.populations)) > 0:
        step, one = len(chain.populations), chain.populations[-1]
        if one.gamma < 1.0:
            one = smc.advance(one, effort.sets, effort.keep * effort.sets, seed, step)
        rates, weights, toward = [], smc.proposal_weights(one), chain.guide(study, one.gamma)
        tried.clear()
        for k in range(sweeps):
            one = smc.sweep(one, evaluate, seed, 1000 * step + k, weights, toward)
            rates.append(one.accepted)
        chain.populations.append(one)
        chain.tried.append(Tried.joined(tried))
        keep_chain(kept, chain)
        say(
            f"{who}population {step}: kernel to the power {brief(one.gamma)}, "
            f"{share(float(np.mean(rates)))} of moves taken, "
            f"median distance {fixed(_median(study, one, counted))}"
        )
    return chain


def seed_of(study: CalibrationStudy, c: int) -> int:
    """Return the seed of a chain's draws and moves: of the first, the study's own."""
    return study.seed if c == 0 else hash_of(study.seed, _CHAIN, c)


def _sweeps_ahead(effort: SearchBudget, populations: list[smc.Population]) -> int:
    """Return how many moves the next population takes; 0 at the end."""
    at_the_end = sum(one.gamma == 1.0 for one in populations)
    if at_the_end == 0:
        return effort.sweeps
    return min(AT_ONCE, effort.last_sweeps - AT_ONCE * (at_the_end - 1))


def _median(study: CalibrationStudy, population: smc.Population, chance: Floats) -> float:
    """Return the median root-mean-square distance, in standard errors."""
    apart = distances(study, population.figures, chance)
    return float(np.median(np.sqrt((apart**2).mean(axis=1))))


def _first(
    study: CalibrationStudy, c: int, chance: Floats | None, threads: int | None
) -> tuple[smc.Population, Floats]:
    """Return draws of the prior, and the variance of chance: as given, or found among them.

    Its mean over the tenth of the draws that come nearest to the targets: elsewhere, where
    nearly nobody or everybody uses the tool, chance is another.
    """
    found: list[Floats] = [] if chance is None else [chance]

    def evaluate(points: Floats) -> tuple[Floats, Floats]:
        figures, spread = answers(study, points, SEARCH, threads=threads)
        if not found:
            kernel = log_kernel(study, figures, np.zeros(figures.shape[1]))
            near = np.argsort(-kernel, kind="stable")[: max(1, len(points) // 10)]
            counted = spread[near].mean(axis=0)
            if any(seen_once(study, name) for name in study.settings):
                counted = _one_firms_chance(study, points[near[:NEAR]], counted, threads)
            found.append(counted)
        return log_kernel(study, figures, found[0]), figures

    n = study.effort.first * study.effort.sets
    first = smc.begin(n, len(study.priors), evaluate, seed_of(study, c))
    return first, found[0]


def _check(
    study: CalibrationStudy, kept: KeptArrays, points: Floats, threads: int | None
) -> Floats:
    """Return figures of the posterior's sets in replicates that the search never saw."""

    def check() -> dict[str, Floats]:
        again = study.effort.checks
        return {"check": answers(study, points, CHECK, replicates=again, threads=threads)[0]}

    form = Form((len(points), len(columns_of(study))))
    return kept.once("check", {"check": form}, check)["check"]
