"""What a study file says of own data and of where the search begins, read and checked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.calibration.own import Curve, Start, curve_of, sample_start
from sim.document import Node
from sim.errors import InputError, Problem, did_you_mean
from sim.organisation.organisation import Organisation
from sim.parameters import PARAMETERS
from sim.posterior import UNCERTAIN, sets_of
from sim.priors import Prior

__all__ = ["curves_of", "known_names", "own_data", "problem", "start_of"]


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
    said: Any,
    root: Node,
    path: Path,
    organisations: dict[str, tuple[Organisation, ...]],
    problems: list[Problem],
) -> dict[str, Curve]:
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
