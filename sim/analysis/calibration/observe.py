"""What a study would have seen in simulated arms: outcomes of weeks, and answers of people.

A *block* is one organisation in one replicate; averages are over blocks, and what they say is
only as sure as the blocks agree (see ``measures``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import rules
from sim.analysis.calibration.definition import (
    ANSWERS,
    ASKED,
    FOLLOWED,
    CalibrationStudy,
    Curve,
    Firms,
    Target,
)
from sim.analysis.firm.kernel import angle
from sim.analysis.firm.observed import points
from sim.arrays import Bools, Floats
from sim.case import Case, Record, Records, run_cases
from sim.errors import refusal
from sim.organisation.organisation import Organisation
from sim.outcomes import PERSON_RECORD, Outcome
from sim.randomness import replicate_seeds
from sim.state import Flag

_COLUMN = {variable.name: i for i, variable in enumerate(PERSON_RECORD)}
_CLIMATE = int(Outcome["climate"])

LAST_WEEKS = 4
"""Weeks that an answer about the present looks back on."""
FREQUENT, DAILY = 2, 4
"""Use days a week from which use is called frequent, and daily; ASSUMPTION: a few times a
week, and four of five workdays."""


@dataclass(frozen=True, eq=False)
class SimulatedSurvey:
    """What was seen in one setting."""

    records: list[Records]
    """One an organisation; parameter sets times firms along their axis of sets."""
    arms: tuple[str, ...]
    sets: NDArray[np.void]
    """Of ``PARAMETER_DTYPE``, shape (n_sets,)."""
    firms: int
    """Firms a set; 1 where a setting has none."""
    seed: int = 0
    """Of the runs; what is disclosed of a use is drawn from it as well."""
    organisation: Organisation | None = None
    """The setting's one organisation, where measured use is to be met in it."""

    def counts(self, target: Target, arms: Sequence[str]) -> tuple[Floats, Floats]:
        """Return how many do what a target asks of, and of how many.

        Summed over ``arms``; one week for what is asked at the end. For ``differences`` three in
        place of weeks: use in odd weeks after the first use, in even ones, and the product of both.
        Shape (n_blocks, n_sets, n_firms, n_weeks).
        """
        parts = [
            self._counts(one, self.arms.index(arm), target) for arm in arms for one in self.records
        ]
        n_records = len(self.records)
        summed = [
            [sum(parts[a * n_records + k][i] for a in range(len(arms))) for k in range(n_records)]
            for i in range(2)
        ]
        done, asked = (np.concatenate(pieces) for pieces in summed)
        return done, asked

    def _counts(self, records: Records, arm: int, target: Target) -> tuple[Floats, Floats]:
        if target.of in FOLLOWED:
            used = self._sanctioned(records, arm, target.disclosed)
            done, asked = _followed(used, target)
        elif target.of in ASKED:
            done, asked = self._answers(records, arm, target)
            done, asked = done[..., None], asked[..., None]
        else:
            weekly = records.weekly[arm]
            done = target.measured(weekly.shape[-2]).by_week(weekly)
            if not np.isfinite(done).all():
                weeks = " of weeks {} to {}".format(*target.weeks) if target.weeks else ""
                what = f"{target.of} is not a number in every replicate{weeks}"
                raise refusal(f"target {target.target}", "of", what, "other weeks")
            asked = np.ones_like(done)
        return self._by_block(done), self._by_block(asked)

    def curve(self, curve: Curve) -> Floats:
        """Return a firm's measured values in every replicate, as angles.

        Shape (n_sets, n_replicates, n_values).
        """
        arm = self.arms.index(curve.arm)
        assert self.organisation is not None
        found = points(self.records[0], self.organisation, curve.observed, arm)
        return angle(found, curve.place.tops)

    def _by_block(self, values: Floats) -> Floats:
        """Bring (sets × firms, replicates, weeks) to (replicates, sets, firms, weeks)."""
        n_rows, n_runs, n_weeks = values.shape
        shaped = values.reshape(n_rows // self.firms, self.firms, n_runs, n_weeks)
        return np.moveaxis(shaped, 2, 0)

    def _sanctioned(self, records: Records, arm: int, disclosed: bool) -> Bools:
        """Return in which weeks people use the tool, shape (rows, replicates, weeks, people).

        A use day is disclosed by the chance that the rule of visible use gives, apart from
        others; all parameter sets share the random numbers.
        """
        assert records.people is not None
        days = records.people[arm][..., _COLUMN["use_days"]]
        if not disclosed:
            return days > 0
        uniform = np.random.default_rng([self.seed, 3]).random(days.shape[1:])
        silent = (1.0 - self._visible(records, arm, slice(None))) ** days
        return uniform >= silent

    def _visible(self, records: Records, arm: int, weeks: slice) -> Floats:
        """Return what others see of a use, shape (rows, replicates, weeks, people)."""
        assert records.people is not None
        fear = records.people[arm][..., weeks, :, _COLUMN["fear_mistake"]] / 255.0
        climate = records.weekly[arm, ..., weeks, _CLIMATE][..., None]
        openness = np.repeat(self.sets["openness"], self.firms)[:, None, None, None]
        on_arrays: Any = rules.visible_share  # a rule is plain arithmetic, so arrays will do
        return on_arrays(climate, fear, 0.0, openness)

    def _answers(self, records: Records, arm: int, target: Target) -> tuple[Floats, Floats]:
        """Return how many people say yes and how many are asked, shape (rows, replicates)."""
        assert records.people is not None
        people = records.people[arm]
        own = people[..., _COLUMN["own_days"]]
        days = people[..., _COLUMN["use_days"]] + own
        lately: Any = days[..., -LAST_WEEKS:, :].sum(axis=-2, dtype=np.uint8)
        weeks = min(LAST_WEEKS, days.shape[-2])
        uses = lately > 0
        sanctioned: Any = people[..., -LAST_WEEKS:, :, _COLUMN["use_days"]].sum(
            axis=-2, dtype=np.uint8
        )
        access = (people[..., -1, :, _COLUMN["flags"]] & int(Flag.ACCESS)) > 0
        asked = {
            "everyone": np.ones_like(access), "with access": access, "without access": ~access,
            "users": sanctioned > 0, "tried": days.any(axis=-2),
        }[target.among]  # fmt: skip
        if target.of == "hidden":
            seen = self._visible(records, arm, slice(-1, None))[..., 0, :]
            asked = asked & uses
            return ((1.0 - seen) * asked).sum(axis=-1), asked.sum(axis=-1).astype(np.float64)
        if target.of == "own":
            said, asked = own[..., -LAST_WEEKS:, :].any(axis=-2), asked & uses
        elif target.of == "sanctioned":
            said = sanctioned > 0
        elif target.of == "sanctioned_daily":
            said = sanctioned >= weeks * DAILY
        elif target.of == "ever":
            said = days.any(axis=-2)
        elif target.of == "recent":
            said = uses
        else:
            said = lately >= weeks * (FREQUENT if target.of == "frequent" else DAILY)
        yes = (said & asked).sum(axis=-1).astype(np.float64)
        return yes, asked.sum(axis=-1).astype(np.float64)


def _followed(used: Bools, target: Target) -> tuple[Floats, Floats]:
    """Return what people do in the weeks after their first use.

    Of those whose first use falls into the target's weeks; ``used`` has the shape (rows,
    replicates, weeks, people). Both of shape (rows, replicates, 1), or (rows, replicates, 3) for
    ``differences``.
    """
    assert target.weeks is not None
    assert target.within is not None
    begun = used.argmax(axis=-2)
    first, last = target.weeks
    asked = used.any(axis=-2) & (begun >= first - 1) & (begun <= last - 1)
    ahead = np.arange(1, target.within + 1)[:, None] + np.where(asked, begun, 0)[..., None, :]
    later = np.take_along_axis(used, ahead, axis=-2) & asked[..., None, :]
    if target.of == "repeat":
        per_person = [later.any(axis=-2)]
    elif target.of == "after":
        per_person = [later.mean(axis=-2)]
    else:
        odd, even = (later[..., k::2, :].mean(axis=-2) for k in (0, 1))
        per_person = [odd, even, odd * even]
    done = np.stack([one.sum(axis=-1, dtype=np.float64) for one in per_person], axis=-1)
    count = asked.sum(axis=-1).astype(np.float64)
    return done, np.repeat(count[..., None], done.shape[-1], axis=-1)


def observe(
    study: CalibrationStudy, name: str, sets: NDArray[np.void], spread: Floats | None, seed: int, *,
    replicates: int = 1, threads: int | None = None,
) -> SimulatedSurvey:  # fmt: skip
    """Simulate the arms of a setting with every parameter set.

    - ``name``: of the setting.
    - ``sets``, shape (n_sets,)
    - ``spread``, shape (n_sets,): standard deviation between firms, where the setting has them.
    - ``seed``: of the runs. All sets and arms share their seeds (common random numbers), because
      sets are compared with one another here, and chance must not choose between them.
    - ``replicates``: times the setting's replicates.
    """
    setting = study.settings[name]
    mine = [one for one in study.curves.values() if one.setting == name]
    needs_people = any(t.of in ANSWERS for t in study.targets.values() if t.setting == name)
    needs_people |= any(one.observed.by in ("role", "level") for one in mine)
    teams = tuple(
        dict.fromkeys(of for one in mine if one.observed.by == "team" for of in
                      one.observed.outcomes)
    )  # fmt: skip
    organisations = study.organisations[name]
    n_runs = setting.replicates * replicates
    seeds = replicate_seeds(seed, n_runs * len(organisations))
    drawn = _drawn(setting.firms, len(organisations), seed)
    records = []
    for k, organisation in enumerate(organisations):
        rows = sets
        if setting.firms is not None:
            assert spread is not None
            rows = _firms(sets, spread, setting.firms, drawn[k])
        cases = [
            Case.of(study.scenarios[name, arm], organisation, setting.weeks, sets=rows)
            for arm in setting.arms
        ]
        records.append(
            run_cases(
                cases, seeds[k * n_runs : (k + 1) * n_runs],
                record=Record(teams=teams, people=needs_people, drivers=False), threads=threads,
            )
        )  # fmt: skip
    count = setting.firms.count if setting.firms else 1
    own = organisations[0] if mine else None
    return SimulatedSurvey(records, tuple(setting.arms), sets, count, seed, own)


def _drawn(firms: Firms | None, organisations: int, seed: int) -> Floats:
    """Return how firms differ, standard normals of shape (organisations, count, parameters).

    A Latin hypercube over all of them: the mean and the spread of few firms are those of many,
    so that the lowest and the highest do not hang on which were drawn.
    """
    if firms is None:
        return np.empty((organisations, 0, 0))
    from scipy.special import ndtri
    from scipy.stats.qmc import LatinHypercube

    shape = organisations, firms.count, len(firms.differ_in)
    shares = LatinHypercube(shape[2], rng=np.random.default_rng([seed, 4])).random(
        shape[0] * shape[1]
    )
    return ndtri(shares).reshape(shape)


def _firms(sets: NDArray[np.void], spread: Floats, firms: Firms, drawn: Floats) -> NDArray[np.void]:
    """Return every set as it is in each of many firms, shape (n_sets × count,).

    Start medians, which are shares, differ in logits; the rest by addition.
    """
    from sim.parameters import PARAMETERS

    rows = np.repeat(sets, firms.count)
    for j, name in enumerate(firms.differ_in):
        shift = (spread[:, None] * drawn[None, :, j]).ravel()
        values, parameter = rows[name], PARAMETERS[name]
        if parameter.unit == "1":
            odds = values / (1.0 - values) * np.exp(shift)
            rows[name] = odds / (1.0 + odds)
        else:
            rows[name] = np.clip(values + shift, parameter.low, parameter.high)
    return rows
