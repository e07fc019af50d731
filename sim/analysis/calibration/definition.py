"""A calibration study, as its YAML file states it: settings, targets, parameters, effort."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from sim.analysis.calibration.own import Curve, Start, Usage
from sim.analysis.calibration.own_data import (
    curves_of,
    known_names,
    own_data,
    problem,
    start_of,
)
from sim.document import Node, parse
from sim.errors import InputError, Problem, did_you_mean
from sim.interventions.fields import Fraction, Strict
from sim.organisation.organisation import Organisation
from sim.outcomes import Outcome
from sim.parameters import PARAMETERS, prior_of
from sim.posterior import DRAWN, UNCERTAIN
from sim.priors import Prior
from sim.results.key import Key
from sim.scenario import Scenario, editor_schema
from sim.scenario.problems import problems_from
from sim.scenario.reading import in_order, read_text

__all__ = [
    "ANSWERS",
    "ASKED",
    "FOLLOWED",
    "Block",
    "CalibrationStudy",
    "SearchBudget",
    "Setting",
    "Target",
    "json_schema",
    "load_study",
]

ASKED = (
    "ever", "frequent", "daily", "recent", "own", "hidden", "sanctioned", "sanctioned_daily"
)  # fmt: skip
FOLLOWED = ("repeat", "after", "differences")
ANSWERS = (*ASKED, *FOLLOWED)
"""What people say when asked at the end of a run, and what is seen of them after their first
use; see ``observe``."""

FORM = 1
"""Version of the form in which populations are stored."""

Number = Annotated[float, Field(ge=-1e6, le=1e6)]
Positive = Annotated[float, Field(gt=0, le=1e6)]
Weeks = Annotated[list[Annotated[int, Field(ge=1, le=1040)]], Field(min_length=2, max_length=2)]
Arms = Annotated[list[str], Field(min_length=1)]


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
    measure: Literal["share", "gap", "ratio", "firm", "trend", "multiplier", "spread"] = Field(
        description="how it is measured"
    )
    of: str = Field(
        description="an outcome, an answer people give at the end, or what follows a first use"
    )
    arms: Arms = Field(description="arms of the setting, taken together")
    against: Arms | None = Field(None, description="arms that a gap or a ratio is taken against")
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
        description="standard error, all doubt about the figure included: in logits for shares",
    )
    asked: int | None = Field(
        None, ge=2, le=10**9, description="of a share, in place of error: how many people said so"
    )
    at_most: bool = Field(False, description="whether lower is as good")

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


class _File(Strict):
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
    usage: dict[str, Usage] | None = Field(
        None, description="measured use of one firm to meet, as curves, by name"
    )
    blocks: dict[str, Block] | None = Field(
        None, description="figures of one survey or firm, whose errors are correlated"
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a calibration's study file, for editors."""
    return editor_schema("Uptake calibration", _File)


@dataclass(frozen=True, eq=False)
class CalibrationStudy:
    """A study that has been read and checked.

    Parameters
    ----------
    parameters : tuple of str
        Parameters to fit.
    left_out : tuple of str
        Parameters that no target can inform: they keep their prior.
    nuisances : dict of str to Prior
        Unknowns of settings that are fitted along: the spread between firms, by setting.
    settings : dict of str to Setting
    targets : dict of str to Target
    curves : dict of str to Curve
        Measured use of one firm.
    start : Start
        Priors of the parameters fitted, or a sample in their place.
    blocks : dict of str to Block
        Targets whose errors are correlated; all others err independently.
    scenarios : dict of (setting, arm) to Scenario
    organisations : dict of str to tuple of Organisation
        Those of each setting.
    fingerprint : str
        SHA-256 of what is asked, by which a recorded result is known; the sources are not in it.
    key : Key
        All that stored populations hang on.
    """

    path: Path
    purpose: str
    seed: int
    effort: SearchBudget
    parameters: tuple[str, ...]
    left_out: tuple[str, ...]
    nuisances: dict[str, Prior]
    settings: dict[str, Setting]
    targets: dict[str, Target]
    blocks: dict[str, Block]
    curves: dict[str, Curve]
    start: Start
    scenarios: dict[tuple[str, str], Scenario]
    organisations: dict[str, tuple[Organisation, ...]]
    fingerprint: str
    key: Key

    @property
    def priors(self) -> tuple[Prior, ...]:
        """Priors of all unknowns, in the order of ``unknowns``."""
        fitted = self.start.priors
        left = (PARAMETERS[name].prior for name in self.left_out)
        return (*fitted, *self.nuisances.values(), *left)

    def shares(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
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


def load_study(path: Path) -> CalibrationStudy:
    """Read a study file, its scenarios and its organisations.

    Raises
    ------
    InputError
        With every problem found, each with its place and what would be right.
    """
    if path.is_dir():
        path = path / "study.yaml"
    text = read_text(path, str(path))
    root = parse(text, str(path))
    try:
        said = _File.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(in_order(problems_from(error, _File, root))) from None
    problems: list[Problem] = []
    fitted = _parameters(said, root, problems)
    nuisances = _nuisances(said, root, problems)
    _check_targets(said, root, problems)
    _check_blocks(said, root, problems)
    scenarios = _scenarios(said, root, path, problems)
    organisations = _organisations(said, root, path, problems)
    start = start_of(said, root, path, fitted, problems)
    curves = curves_of(said, root, path, organisations, problems)
    if problems:
        raise InputError(in_order(problems))
    own = own_data(start, curves)
    return CalibrationStudy(
        path, said.purpose, said.seed, said.effort, start.names,
        tuple(said.leave_out or ()), nuisances, said.settings,
        said.targets, said.blocks or {}, curves, start, scenarios, organisations,
        _fingerprint(text + own, scenarios, organisations),
        _key(text + own, said.seed, scenarios, organisations),
    )  # fmt: skip


def _parameters(said: _File, root: Node, problems: list[Problem]) -> tuple[str, ...]:
    what = "is no parameter in doubt"
    for key, names in (("parameters", said.parameters), ("leave_out", said.leave_out)):
        problems += known_names(names or [], UNCERTAIN, root, (key,), what)
    chosen = set(said.parameters if said.parameters is not None else UNCERTAIN)
    chosen -= set(said.leave_out or ())
    if not chosen & set(UNCERTAIN):
        problems.append(Problem(root.where, "parameters", "are none", "at least one to fit"))
    return tuple(name for name in UNCERTAIN if name in chosen)


def _nuisances(said: _File, root: Node, problems: list[Problem]) -> dict[str, Prior]:
    found = {}
    for name, setting in said.settings.items():
        if setting.firms is None:
            continue
        path = ("settings", name, "firms")
        names = setting.firms.differ_in
        problems += known_names(
            names, UNCERTAIN, root, (*path, "differ_in"), "is no parameter in doubt"
        )
        try:
            found[name] = Prior.of(setting.firms.spread, 0, 10)
        except ValueError as error:
            what, right = f"is {setting.firms.spread}", str(error)
            problems.append(problem(root, (*path, "spread"), what, right))
    return found


_NEEDS = {"gap": "against", "ratio": "against", "firm": "firm", "trend": "weeks"}


def _check_blocks(said: _File, root: Node, problems: list[Problem]) -> None:
    seen: dict[str, str] = {}
    for name, block in (said.blocks or {}).items():
        path, members = ("blocks", name), [*block.of, *(block.opposed or [])]
        for key, names in (("of", block.of), ("opposed", block.opposed or [])):
            known = tuple(said.targets)
            problems += known_names(names, known, root, (*path, key), "is not among the targets")
        for one in members:
            if seen.setdefault(one, name) != name or members.count(one) > 1:
                right = f"once, in {seen[one]} or in {name}"
                problems.append(problem(root, path, f"{one} stands in a block twice", right))
            elif one in said.targets and said.targets[one].at_most:
                what = f"{one} is met wherever it is lower: it errs to one side only"
                problems.append(problem(root, path, what, "a figure with at_most alone"))
        lowest = -1.0 / max(len(members) - 1, 1)
        if block.correlation <= lowest:
            what = f"is {block.correlation:g}: {len(members)} figures cannot all differ so"
            right = f"above {lowest:.2g}, and below 1"
            problems.append(problem(root, (*path, "correlation"), what, right))


def _check_targets(said: _File, root: Node, problems: list[Problem]) -> None:
    for name, target in said.targets.items():
        path = ("targets", name)
        setting = said.settings.get(target.setting)
        if setting is None:
            right = did_you_mean(target.setting, list(said.settings))
            what = f"{target.setting} is not among the settings"
            problems.append(problem(root, (*path, "setting"), what, right))
            continue
        for key, arms in (("arms", target.arms), ("against", target.against or [])):
            what = f"is no arm of {target.setting}"
            problems += known_names(arms, tuple(setting.arms), root, (*path, key), what)
        problems += [
            problem(root, (*path, key) if key else path, what, right)
            for key, what, right in (*_odd_question(target, setting), *_odd_figure(target))
        ]


def _odd_question(target: Target, setting: Setting) -> Iterator[tuple[str, str, str]]:
    """Yield key, what is wrong and what would be right, of what a target asks."""
    if target.of not in (*Outcome.__members__, *ANSWERS):
        right = did_you_mean(target.of, (*ANSWERS, *Outcome.__members__))
        yield "of", f"{target.of} is neither an outcome nor an answer", right
    elif target.of not in ASKED and target.weeks is None:
        yield "", f"{target.of} stands without weeks", "weeks: [first, last]"
    yield from _odd_following(target, setting)
    if target.weeks and not 1 <= target.weeks[0] <= target.weeks[1] <= setting.weeks:
        right = f"two weeks in order, from 1 to {setting.weeks}"
        yield "weeks", f"is {list(target.weeks)}", right
    needed = _NEEDS.get(target.measure)
    if needed and getattr(target, needed) is None:
        yield "", f"measures a {target.measure} without {needed}", f"{needed}: …"
    if target.measure == "firm" and setting.firms is None:
        right = "firms: {count: …} in the setting"
        yield "", f"asks for a firm, but {target.setting} has none", right


def _odd_following(target: Target, setting: Setting) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a question about the weeks after a first use."""
    if target.of in FOLLOWED:
        if target.within is None:
            yield "", f"{target.of} stands without within", "within: weeks after the first use"
        elif target.weeks and target.weeks[1] + target.within > setting.weeks:
            right = f"first uses so early that {target.within} of {setting.weeks} weeks follow"
            yield "weeks", f"is {list(target.weeks)}", right
    elif target.disclosed:
        yield "disclosed", f"is not asked with {target.of}", f"with one of {', '.join(FOLLOWED)}"
    elif target.within is not None:
        yield "within", f"is not asked with {target.of}", f"with one of {', '.join(FOLLOWED)}"
    if (target.of == "differences") != (target.measure == "spread"):
        right = "measure: spread with of: differences"
        yield "measure", f"is {target.measure} of {target.of}", right


def _odd_figure(target: Target) -> Iterator[tuple[str, str, str]]:
    if target.measure in ("share", "firm") and not 0 < target.observed < 1:
        yield "observed", f"is {target.observed:g}", "a share between 0 and 1"
    elif target.measure in ("ratio", "multiplier") and target.observed <= 0:
        yield "observed", f"is {target.observed:g}", "a ratio above 0"
    if (target.error is None) == (target.asked is None):
        yield "", "has neither error nor asked, or both", "error: a standard error"
    elif target.asked is not None and target.measure != "share":
        yield "asked", f"stands beside measure: {target.measure}", "error: a standard error"


def _scenarios(
    said: _File, root: Node, path: Path, problems: list[Problem]
) -> dict[tuple[str, str], Scenario]:
    from sim.runner import load_scenario

    found = {}
    for name, setting in said.settings.items():
        for arm, file in setting.arms.items():
            beside = path.parent / file
            try:
                found[name, arm] = load_scenario(beside if beside.is_file() else file)
            except InputError as error:
                where = root.at(("settings", name, "arms", arm)).where
                problems += [
                    Problem(one.where if one.where != file else where, one.path or file, one.what,
                            one.right)
                    for one in error.problems
                ]  # fmt: skip
    return found


def _organisations(
    said: _File, root: Node, path: Path, problems: list[Problem]
) -> dict[str, tuple[Organisation, ...]]:
    from sim.organisation import template
    from sim.runner import load_organisation

    found = {}
    for name, setting in said.settings.items():
        at = ("settings", name)
        if (setting.people is None) == (setting.organisation is None):
            what = "has neither people nor organisation"
            if setting.people is not None:
                what = "has both people and organisation"
            problems.append(problem(root, at, what, "one of people and organisation"))
        elif setting.people is not None:
            drawn = range(1, setting.organisations + 1)
            found[name] = tuple(template(setting.people, seed) for seed in drawn)
        elif setting.organisation is not None:
            beside = path.parent / setting.organisation
            try:
                source = beside if beside.exists() else setting.organisation
                found[name] = (load_organisation(source),)
            except InputError as error:
                where = root.at((*at, "organisation")).where
                first = error.problems[0]
                said_there = f"{setting.organisation} {first.what}"
                problems.append(
                    Problem(where, f"settings.{name}.organisation", said_there, first.right)
                )
    return found


def _fingerprint(
    text: str,
    scenarios: dict[tuple[str, str], Scenario],
    organisations: dict[str, tuple[Organisation, ...]],
) -> str:
    digest = hashlib.sha256(text.encode())
    for key, scenario in sorted(scenarios.items()):
        digest.update(repr((key, scenario.text, sorted(scenario.sources.items()))).encode())
    for name, drawn in sorted(organisations.items()):
        digest.update(repr((name, [one.content_hash() for one in drawn])).encode())
    digest.update(_declared().encode())
    return digest.hexdigest()


def _declared() -> str:
    """Return what is declared: priors of what is in doubt, and ties to it; else values."""
    return repr(
        [(name, prior_of(name) if name in DRAWN else p.value) for name, p in PARAMETERS.items()]
    )


def _key(
    text: str,
    seed: int,
    scenarios: dict[tuple[str, str], Scenario],
    organisations: dict[str, tuple[Organisation, ...]],
) -> Key:
    said = [
        repr((arm, one.text, sorted(one.sources.items()))) for arm, one in sorted(scenarios.items())
    ]
    people = [
        f"{setting} {one.content_hash()}"
        for setting, drawn in sorted(organisations.items())
        for one in drawn
    ]
    return Key.of(
        "calibration", FORM, people=people, scenario=[text, *said], parameters=[_declared()],
        seed=seed,
    )  # fmt: skip
