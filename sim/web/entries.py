"""A timeline as the page sends it: a list of {kind: levers}, checked like a scenario file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.errors import InputError, Problem
from sim.interventions.timeline import CATALOGUE, Placed

if TYPE_CHECKING:
    from sim.scenario import Scenario


MOST_ENTRIES = 200
"""Entries of one timeline that the page may send."""


def scenario_with(scenario: Scenario, entries: object, weeks: int) -> Scenario:
    """Return a scenario with another timeline.

    Parameters
    ----------
    entries : list of dict
        As ``timeline`` in a scenario file; the way there is short, because a dragged bar
        comes along it many times a second.
    weeks : int
        Length of the run.

    Raises
    ------
    InputError
        With everything wrong, worded as for a scenario file.
    """
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        right = f"a list of up to {MOST_ENTRIES} entries"
        raise InputError([Problem("timeline", "", "is no timeline", right)])
    placed = []
    for i, entry in enumerate(entries):
        kind, levers = next(iter(entry.items())) if _is_one(entry) else ("", None)
        if kind not in CATALOGUE or not isinstance(levers, dict):
            raise _worded(entries, weeks)
        try:
            one = CATALOGUE[kind].model_validate(levers, context={"weeks": weeks})
        except ValidationError:
            raise _worded(entries, weeks) from None
        placed.append(Placed(one, f"timeline[{i}].{kind}"))
    return scenario.model_copy(update={"timeline": tuple(placed), "text": ""})


def _is_one(entry: Any) -> bool:
    return isinstance(entry, dict) and len(entry) == 1


def _worded(entries: list[Any], weeks: int) -> InputError:
    """Return the error that a scenario file with these entries gives."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from sim.scenario import loads

    stream = io.StringIO()
    try:
        YAML().dump({"weeks": weeks, "timeline": entries}, stream)
        loads(stream.getvalue(), name="timeline")
    except InputError as error:
        return error
    except (YAMLError, TypeError, ValueError):
        pass
    return InputError([Problem("timeline", "", "cannot be read", "entries such as {access: …}")])
