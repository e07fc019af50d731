"""One firm's own data in a study: curves of measured use, dates of adoption, and own priors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.analysis.firm.kernel import Place, angle
from sim.analysis.firm.observed import WHOLE, Observed, groups_of, read_adoptions, read_usage
from sim.arrays import Floats
from sim.interventions.fields import Day, Fraction, Strict
from sim.numbers import counted
from sim.organisation.organisation import Organisation
from sim.parameters import PARAMETERS, Prior, parameter_rows, with_tied
from sim.posterior import UNCERTAIN, Copula
from sim.results.key import Key
from sim.results.measure import Measure, difference, mean, named
from sim.results.series import variables
from sim.scenario import Scenario, editor_schema

LARGE = 20
"""People of a group from which its own curve counts; chance in smaller ones is far from normal."""


class UsageTarget(Strict):
    """Curves of one firm: a table of measured use, or of who adopted when."""

    file: str | None = Field(None, description="a tidy table of use: week, team, weekly_users, …")
    adoptions: str | None = Field(
        None, description="in its place: a table with id and first_use, a date or a week"
    )
    setting: str = Field(description="name of the setting that stands for the firm")
    arm: str = Field(description="the arm that was carried out in it")
    start: Day | None = Field(None, description="a day of week 1, where weeks are dates")
    by: Literal["team", "role", "level", "whole"] | None = Field(
        None, description="how persons are put together: team by default; whole: no groups"
    )


@dataclass(frozen=True, eq=False)
class Curve:
    """A table of use, as it counts in the distance."""

    setting: str
    arm: str
    observed: Observed
    """The whole, and groups of ``LARGE`` people or more."""

    @property
    def place(self) -> Place:
        """Where the values stand."""
        return Place.of(self.observed)

    @property
    def angles(self) -> Floats:
        """The measured values, as angles; shape (n_values,)."""
        return angle(self.observed.values, self.place.tops)

    def labels(self, name: str) -> list[str]:
        """Return a name of each value."""
        place = self.place
        return [
            f"{name}: {outcome}, week {week}" + (f", {group}" if group else "")
            for outcome, week, group in zip(*place, strict=True)
        ]


def curve_of(said: UsageTarget, folder: Path, organisation: Organisation, weeks: int) -> Curve:
    """Read what a study says of measured use.

    Raises InputError with everything wrong in the file.
    """
    by = WHOLE if said.by == "whole" else said.by
    if said.file is not None:
        observed = read_usage(folder / said.file, weeks, said.start, organisation, by)
    else:
        path = folder / str(said.adoptions)
        observed = read_adoptions(path, weeks, said.start, organisation, by)
    if observed.by:
        names, group_of = groups_of(organisation, observed.by)
        sizes = dict(zip(names, np.bincount(group_of, minlength=len(names)), strict=True))
        kept = np.array([one == WHOLE or sizes[one] >= LARGE for one in observed.groups])
        observed = observed.only(kept)
    return Curve(said.setting, said.arm, observed)


@dataclass(frozen=True, eq=False)
class Start:
    """Where the search begins: priors, or a sample of an earlier calibration."""

    names: tuple[str, ...]
    """Parameters that are fitted."""
    priors: tuple[Prior, ...]
    """Of each; not used where there is a sample."""
    sample: Copula | None = None
    base: NDArray[np.void] | None = None
    """What parameters have that do not differ in the sample, of ``PARAMETER_DTYPE``, shape (1,)."""

    def sets(self, points: Floats) -> NDArray[np.void]:
        """Return complete parameter sets at points of the unit cube, shape (n, d)."""
        base = None if self.base is None else np.repeat(self.base, len(points))
        return parameter_rows(with_tied(self.columns(points)), n=len(points), base=base)

    def columns(self, points: Floats) -> dict[str, Floats]:
        """Return values of the parameters at points of the unit cube, shape (n, d)."""
        if self.sample is not None:
            return self.sample.columns(points)
        return {
            name: prior.quantile(points[:, k])
            for k, (name, prior) in enumerate(zip(self.names, self.priors, strict=True))
        }

    def shares(self, points: Floats) -> Floats:
        """Return how much of each parameter's own prior lies below it, shape (n, d)."""
        return points if self.sample is None else self.sample.shares(points)


def sample_start(rows: NDArray[np.void]) -> Start:
    """Return the start from a sample: all parameters that differ in it."""
    names = tuple(name for name in UNCERTAIN if np.ptp(rows[name]) > 0)
    sample = Copula.of(rows, names)
    priors = tuple(Prior.among(rows[name]) for name in names)
    return Start(names, priors, sample, rows[:1])


ASKED = (
    "ever", "frequent", "daily", "recent", "own", "hidden", "sanctioned", "sanctioned_daily"
)  # fmt: skip
FOLLOWED = ("repeat", "after", "differences")
ANSWERS = (*ASKED, *FOLLOWED)
"""What people say when asked at the end of a run, and what is seen of them after their first
use; see ``observe``."""

Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Weeks = Annotated[list[Annotated[int, Field(ge=1, le=1040)]], Field(min_length=2, max_length=2)]
Arms = Annotated[list[str], Field(min_length=1)]
Measured = Literal["share", "level", "gap", "ratio", "firm", "trend", "multiplier", "spread"]


class Firms(Strict):
    """How firms differ in a cross-section of many."""

    count: int = Field(ge=2, le=1000, description="firms for each organisation drawn")
    differ_in: list[str] = Field(min_length=1, description="parameters in which firms differ")
    spread: str = Field(description="prior of their standard deviation, in logits")


class Setting(Strict):
    """A population as a study met it, and the arms that it compared."""

    purpose: str = Field(description="which study it stands for, and what is assumed")
    people: int | None = Field(None, ge=2, le=100_000, description="people of a template")
    organisation: str | None = Field(None, description="in place of people: a path or a name")
    organisations: int = Field(1, ge=1, le=100, description="templates drawn, each another")
    weeks: int = Field(ge=1, le=1040, description="length of the run, in weeks")
    replicates: int = Field(1, ge=1, le=1000, description="replicates for each organisation")
    once: bool | None = Field(
        None,
        description="whether the figures are of one firm, whose own chance is to be added to "
        "their errors; yes where there is measured use, or an organisation is named",
    )
    arms: dict[str, str] = Field(min_length=1, description="scenario file of each arm, by name")
    firms: Firms | None = Field(None, description="how firms differ")


class Target(Strict):
    """A published figure, how the model answers it, and how well it is known."""

    target: str = Field(min_length=1, description="its id in the table of evidence, such as T1")
    says: str = Field(description="what it says, in words")
    source: str = Field(min_length=1, description="keys of the evidence, or ASSUMPTION")
    setting: str = Field(description="name of a setting")
    measure: Measured = Field(
        description="how it is measured; level: in the outcome's own unit, less that of against: "
        "where it is given"
    )
    of: str = Field(
        description="an outcome, an installed package's too; a measure, such as habitual_w26 or "
        "'habitual_w26: taught less told' of two arms; an answer people give at the end, or what "
        "follows a first use"
    )
    arms: Arms = Field([], description="arms of the setting, taken together; or named in of")
    against: Arms | None = Field(
        None, description="arms that a gap, a ratio or a level is taken against"
    )
    among: Literal["everyone", "with access", "without access", "users", "tried"] = Field(
        "everyone", description="whom it is asked of; tried: who ever used the tool or an own one"
    )
    weeks: Weeks | None = Field(
        None, description="first and last week of an outcome, or in which the first use falls"
    )
    within: int | None = Field(
        None, ge=1, le=1040, description="weeks after the first use that are looked at"
    )
    disclosed: bool = Field(
        False, description="whether only use that others can see counts as a first use and after it"
    )
    firm: Literal["lowest", "highest"] | None = Field(None, description="which firm, of 66")
    observed: Number = Field(description="the figure: a share, a gap in logits, a ratio, …")
    error: Positive | None = Field(
        None,
        description="standard error, all doubt about the figure included: in logits for shares, "
        "in the outcome's unit for a level",
    )
    asked: int | None = Field(
        None, ge=2, le=10**9, description="of a share, in place of error: how many people said so"
    )
    at_most: bool = Field(False, description="whether lower is as good")

    @model_validator(mode="before")
    @classmethod
    def _names_two_arms(cls, said: Any) -> Any:
        """Take the arms out of what names a measure in one arm less another."""
        if isinstance(said, dict) and not {"arms", "against"} & said.keys():
            name, one, other = difference(str(said.get("of")))
            if other:
                return {**said, "of": name, "arms": [one], "against": [other]}
        return said

    def measured(self, weeks: int) -> Measure:
        """Return what is taken of a replicate of so many weeks, where people are not asked.

        Raises LookupError with what is wrong with the name, and what would be right.
        """
        outcome = variables().get(self.of)
        if outcome is None or self.weeks is None:
            return named(self.of, weeks)
        first, last = self.weeks
        return mean(self.of, first, last, outcome.meaning, outcome.unit)

    @property
    def standard_error(self) -> float:
        """The error given, or that of a share of this many people asked; in logits."""
        if self.error is not None:
            return self.error
        told = float((self.asked or 1) * self.observed * (1 - self.observed))
        return 1.0 / math.sqrt(told) if told > 0 else math.inf


class Block(Strict):
    """Figures of one survey or one firm: what puts one of them off puts the others off."""

    of: list[str] = Field(min_length=1, description="names of targets that err to the same side")
    opposed: list[str] | None = Field(None, description="those that err to the other side")
    correlation: float = Field(gt=-1, lt=1, description="of the errors, between any two of them")

    @property
    def signs(self) -> dict[str, float]:
        """The side to which each of the figures errs."""
        return dict.fromkeys(self.of, 1.0) | dict.fromkeys(self.opposed or (), -1.0)


class SearchBudget(Strict):
    """How long the search is."""

    chains: int = Field(2, ge=1, le=100, description="independent searches, each its own seed")
    sets: int = Field(256, ge=8, le=100_000, description="parameter sets of each chain's result")
    first: int = Field(4, ge=1, le=1000, description="draws of the prior, as a multiple of sets")
    sweeps: int = Field(4, ge=1, le=1000, description="moves of each set in a generation")
    last_sweeps: int = Field(16, ge=0, le=10_000, description="moves of each set at the end")
    keep: Fraction = Field(0.6, description="effective share of sets that a generation keeps")
    checks: int = Field(
        4, ge=1, le=1000, description="replicates in the last check, times replicates"
    )
    reach: int = Field(
        8, ge=1, le=1000, description="replicates in which reach is judged, likewise"
    )


class CalibrationFile(Strict):
    """A calibration: settings of published studies, figures to meet, and the effort."""

    purpose: str = Field(description="the question, in a sentence")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="of all chance in the study")
    effort: SearchBudget = Field(default_factory=lambda: SearchBudget.model_validate({}))
    parameters: list[str] | None = Field(None, description="those to fit; all in doubt if absent")
    leave_out: list[str] | None = Field(
        None, description="parameters that no target can inform; they keep their prior"
    )
    settings: dict[str, Setting] = Field(min_length=1, description="populations and arms, by name")
    start_from: str | None = Field(
        None,
        description="posterior: the shipped sample; or a file of an earlier calibration. "
        "The declared priors if absent",
    )
    priors: dict[str, str] | None = Field(
        None, description="own priors by parameter, such as normal(0, 1), in place of declared ones"
    )
    targets: dict[str, Target] = Field(default={}, description="figures to meet, by name")
    usage: dict[str, UsageTarget] | None = Field(
        None, description="measured use of one firm to meet, as curves, by name"
    )
    blocks: dict[str, Block] | None = Field(
        None, description="figures of one survey or firm, whose errors are correlated"
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a calibration's study file, for editors."""
    return editor_schema("Uptake calibration", CalibrationFile)


@dataclass(frozen=True, eq=False)
class CalibrationStudy:
    """A study that has been read and checked."""

    path: Path
    purpose: str
    seed: int
    effort: SearchBudget
    parameters: tuple[str, ...]
    """Parameters to fit."""
    left_out: tuple[str, ...]
    """Parameters that no target can inform: they keep their prior."""
    nuisances: dict[str, Prior]
    """Unknowns of settings that are fitted along: the spread between firms, by setting."""
    settings: dict[str, Setting]
    targets: dict[str, Target]
    blocks: dict[str, Block]
    """Targets whose errors are correlated; all others err independently."""
    curves: dict[str, Curve]
    """Measured use of one firm."""
    start: Start
    """Priors of the parameters fitted, or a sample in their place."""
    scenarios: dict[tuple[str, str], Scenario]
    organisations: dict[str, tuple[Organisation, ...]]
    """Those of each setting."""
    fingerprint: str
    """SHA-256 of what is asked, by which a recorded result is known; the sources are not in it."""
    key: Key
    """All that stored populations hang on."""

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Priors of all unknowns, in the order of ``unknowns``."""
        fitted = self.start.priors
        left = (PARAMETERS[name].prior for name in self.left_out)
        return (*fitted, *self.nuisances.values(), *left)

    @property
    def size(self) -> str:
        """Say how many figures are to be met, those of curves among them, by how many unknowns."""
        figures = len(self.targets) + sum(len(one.observed.weeks) for one in self.curves.values())
        return f"{counted(figures, 'figure')} to meet, {counted(len(self.priors), 'unknown')}"

    def shares(self, points: Floats) -> Floats:
        """Return how much of each unknown's own prior lies below it at points, (n, d)."""
        n = len(self.parameters)
        return np.concatenate([self.start.shares(points[:, :n]), points[:, n:]], axis=1)

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Names of what the search moves: parameters, spreads between firms, what is left out.

        What is left out is moved along and never simulated: a negative control, which shows
        how far chance alone carries an unknown that the targets cannot inform.
        """
        spreads = (f"spread of {name}" for name in self.nuisances)
        return (*self.parameters, *spreads, *self.left_out)
