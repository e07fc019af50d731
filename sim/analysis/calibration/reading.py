"""What a study file says of own data and of where the search begins, read and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from sim.analysis.calibration.definition import (
    ANSWERS,
    FOLLOWED,
    CalibrationFile,
    CalibrationStudy,
    Curve,
    Setting,
    Start,
    Target,
    curve_of,
    sample_start,
)
from sim.document import Node, parse, read_text
from sim.errors import InputError, Problem, did_you_mean
from sim.numbers import typed
from sim.organisation.organisation import Organisation
from sim.organisation.write import organisation_hash
from sim.parameters import PARAMETERS, Prior, prior_of
from sim.posterior import DRAWN, UNCERTAIN, sets_of
from sim.results.key import Key
from sim.results.measure import all_names
from sim.results.series import UNDEFINED, variables
from sim.scenario import Scenario
from sim.scenario.text import in_order, problems_from
from sim.sources import beside, is_regular


def problem(root: Node, path: tuple[str | int, ...], what: str, right: str) -> Problem:
    """Return what is wrong at a place of the study file."""
    return Problem(root.at(path).where, ".".join(map(str, path)), what, right)


def known_names(
    names: list[str], known: tuple[str, ...], root: Node, path: tuple[str | int, ...], what: str
) -> list[Problem]:
    """Return a problem for each name that is not known."""
    return [
        problem(root, (*path, i), f"{name} {what}", did_you_mean(name, known))
        for i, name in enumerate(names)
        if name not in known
    ]


def start_of(
    said: Any, root: Node, path: Path, fitted: tuple[str, ...], problems: list[Problem]
) -> Start:
    """Return where the search begins; note what is wrong with it."""
    own = said.priors or {}
    priors = {name: PARAMETERS[name].prior for name in fitted}
    for name, text in own.items():
        if name not in priors:
            what, right = "is not among the parameters fitted", did_you_mean(name, fitted)
            problems.append(problem(root, ("priors", name), f"{name} {what}", right))
            continue
        try:
            prior = Prior.of(text, PARAMETERS[name].low, PARAMETERS[name].high)
        except ValueError as error:
            problems.append(problem(root, ("priors", name), f"is {text}", str(error)))
            continue
        if prior.is_fixed:
            right = "leave it out of parameters, and set it in the scenarios"
            problems.append(problem(root, ("priors", name), "is fixed: nothing to fit", right))
        priors[name] = prior
    start = Start(fitted, tuple(priors.values()))
    if said.start_from is None:
        return start
    for key in ("priors", "parameters", "leave_out"):
        if getattr(said, key):
            right = "one of both: the sample says of every parameter what is known"
            problems.append(problem(root, (key,), "stands beside start_from", right))
    try:
        file = None if said.start_from == "posterior" else path.parent / said.start_from
        rows = sets_of(file)
    except InputError as error:
        problems += error.problems
        return start
    if len(rows) < 3 or not any(np.ptp(rows[name]) > 0 for name in UNCERTAIN):
        what = f"holds {len(rows)} sets, in which nothing differs"
        problems.append(problem(root, ("start_from",), what, "a sample of many parameter sets"))
        return start
    return sample_start(rows)


def curves_of(
    said: Any, root: Node, path: Path, organisations: dict[str, tuple[Organisation, ...]],
    problems: list[Problem],
) -> dict[str, Curve]:  # fmt: skip
    """Return measured use; note what is wrong with it."""
    found: dict[str, Curve] = {}
    if not said.targets and not said.usage:
        right = "targets:, figures to meet, or usage:, a table of measured use"
        problems.append(Problem(root.where, "targets", "are none", right))
    for name, one in (said.usage or {}).items():
        at = ("usage", name)
        setting = said.settings.get(one.setting)
        if setting is None:
            right = did_you_mean(one.setting, list(said.settings))
            what = f"{one.setting} is not among the settings"
            problems.append(problem(root, (*at, "setting"), what, right))
        elif one.arm not in setting.arms:
            right = did_you_mean(one.arm, list(setting.arms))
            what = f"{one.arm} is no arm of {one.setting}"
            problems.append(problem(root, (*at, "arm"), what, right))
        elif setting.firms is not None or setting.organisations > 1:
            what = f"is one firm's, but {one.setting} stands for several"
            problems.append(problem(root, at, what, "a setting of one organisation"))
        elif (one.file is None) == (one.adoptions is None):
            problems.append(problem(root, at, "says what was measured not once", "file: …"))
        elif one.setting in organisations:
            try:
                found[name] = curve_of(
                    one, path.parent, organisations[one.setting][0], setting.weeks
                )
            except InputError as error:
                problems += error.problems
    return found


def own_data(start: Start, curves: dict[str, Curve]) -> str:
    """Return what data files say, for the key; nothing where there are none."""
    said = [] if start.sample is None else [start.sample.ordered.tobytes().hex()]
    for name, one in curves.items():
        seen = one.observed
        said += [name, repr((seen.outcomes, seen.weeks.tolist(), seen.values.tolist(),
                             seen.people.tolist(), seen.groups))]  # fmt: skip
    return hashlib.sha256("\n".join(said).encode()).hexdigest() if said else ""


FORM = 1
"""Version of the form in which populations are stored."""


def load_study(path: Path) -> CalibrationStudy:
    """Read a study file, its scenarios and its organisations.

    Raises InputError with every problem found, each with its place and what would be right.
    """
    if path.is_dir():
        path = path / "study.yaml"
    text = read_text(path, str(path), "a calibration file")
    root = parse(text, str(path))
    try:
        said = CalibrationFile.model_validate(root.plain())
    except ValidationError as error:
        raise InputError(in_order(problems_from(error, CalibrationFile, root))) from None
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


def _parameters(said: CalibrationFile, root: Node, problems: list[Problem]) -> tuple[str, ...]:
    what = "is no parameter in doubt"
    for key, names in (("parameters", said.parameters), ("leave_out", said.leave_out)):
        problems += known_names(names or [], UNCERTAIN, root, (key,), what)
    chosen = set(said.parameters if said.parameters is not None else UNCERTAIN)
    chosen -= set(said.leave_out or ())
    if not chosen & set(UNCERTAIN):
        problems.append(Problem(root.where, "parameters", "are none", "at least one to fit"))
    return tuple(name for name in UNCERTAIN if name in chosen)


def _nuisances(said: CalibrationFile, root: Node, problems: list[Problem]) -> dict[str, Prior]:
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


def _check_blocks(said: CalibrationFile, root: Node, problems: list[Problem]) -> None:
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
            right = f"above {typed(lowest, 2)}, and below 1"
            problems.append(problem(root, (*path, "correlation"), what, right))


def _check_targets(said: CalibrationFile, root: Node, problems: list[Problem]) -> None:
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
            if root.at(path).child(key) is not None:
                problems += known_names(arms, tuple(setting.arms), root, (*path, key), what)
                continue
            problems += [
                problem(root, (*path, "of"), f"{arm} {what}", did_you_mean(arm, list(setting.arms)))
                for arm in arms
                if arm not in setting.arms
            ]
        problems += [
            problem(root, (*path, key) if key else path, what, right)
            for key, what, right in (*_odd_question(target, setting), *_odd_figure(target))
        ]


def _odd_question(target: Target, setting: Setting) -> Iterator[tuple[str, str, str]]:
    """Yield key, what is wrong and what would be right, of what a target asks."""
    if not target.arms:
        yield "", f"{target.of} stands without arms", "arms: [one of the setting, or more]"
    if target.of in (*variables(), *FOLLOWED) and target.weeks is None:
        yield "", f"{target.of} stands without weeks", "weeks: [first, last]"
    elif target.of not in ANSWERS:
        yield from _odd_measure(target, setting)
    yield from _odd_following(target, setting)
    if target.weeks and not 1 <= target.weeks[0] <= target.weeks[1] <= setting.weeks:
        right = f"two weeks in order, from 1 to {setting.weeks}"
        yield "weeks", f"is {list(target.weeks)}", right
    needed = _NEEDS.get(target.measure)
    if needed and getattr(target, needed) is None:
        yield "", f"measures a {target.measure} without {needed}", f"{needed}: …"
    if target.against and target.measure not in ("gap", "ratio", "level"):
        right = "measure: gap, ratio or level"
        yield "measure", f"is {target.measure}, which is taken against no other arms", right
    if target.measure == "firm" and setting.firms is None:
        right = "firms: {count: …} in the setting"
        yield "", f"asks for a firm, but {target.setting} has none", right


def _odd_measure(target: Target, setting: Setting) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with a question about an outcome, or another measure of a replicate."""
    known = variables()
    try:
        unit = target.measured(setting.weeks).unit
    except LookupError as error:
        what, right = error.args
        if what == "is not an outcome":
            what = "is neither an outcome nor an answer"
            right = did_you_mean(target.of, (*ANSWERS, *known, *all_names(setting.weeks)))
        yield "of", f"{target.of} {what}", right
        return
    if target.of in UNDEFINED:
        what = f"{target.of} is no number in a run that does not come to it"
        yield "of", what, f"an outcome in a week, such as habitual_w{setting.weeks}"
    if target.weeks and target.of not in known:
        yield "weeks", f"stands beside {target.of}, which says when", "no weeks, or an outcome"
    if target.measure in ("share", "gap", "firm") and unit not in ("share", "1"):
        right = "measure: level, in that unit"
        yield "measure", f"is {target.measure}, but {target.of} is in {unit}", right


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
    said: CalibrationFile, root: Node, path: Path, problems: list[Problem]
) -> dict[tuple[str, str], Scenario]:
    from sim.runner import load_scenario

    found = {}
    for name, setting in said.settings.items():
        for arm, file in setting.arms.items():
            there = path.parent / file
            try:
                found[name, arm] = load_scenario(there if is_regular(there) else file)
            except InputError as error:
                where = root.at(("settings", name, "arms", arm)).where
                problems += [
                    Problem(one.where if one.where != file else where, one.path or file, one.what,
                            one.right)
                    for one in error.problems
                ]  # fmt: skip
    return found


def _organisations(
    said: CalibrationFile, root: Node, path: Path, problems: list[Problem]
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
            try:
                found[name] = (load_organisation(beside(path, setting.organisation)),)
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
        digest.update(repr((name, [organisation_hash(one) for one in drawn])).encode())
    digest.update(_declared().encode())
    return digest.hexdigest()


def _declared() -> str:
    """Return what is declared: priors of what is in doubt, and ties to it; else values."""
    return repr(
        [(name, prior_of(name) if name in DRAWN else p.value) for name, p in PARAMETERS.items()]
    )


def _key(
    text: str, seed: int, scenarios: dict[tuple[str, str], Scenario],
    organisations: dict[str, tuple[Organisation, ...]],
) -> Key:  # fmt: skip
    said = [
        repr((arm, one.text, sorted(one.sources.items()))) for arm, one in sorted(scenarios.items())
    ]
    people = [
        f"{setting} {organisation_hash(one)}"
        for setting, drawn in sorted(organisations.items())
        for one in drawn
    ]
    return Key.of(
        "calibration", FORM, people=people, scenario=[text, *said], parameters=[_declared()],
        seed=seed,
    )  # fmt: skip
