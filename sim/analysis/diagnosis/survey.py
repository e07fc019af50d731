"""A survey's answers: of persons where they can be told, of nobody by name otherwise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.importing.answers import state_meant
from sim.importing.columns import Guess, guess, is_sensitive
from sim.importing.people import Register, answers_of
from sim.importing.sheet import Sheet
from sim.importing.sheets import read_sheets
from sim.organisation.people import START_COLUMNS

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation

__all__ = ["with_survey"]

Floats = NDArray[np.float64]


def with_survey(
    organisation: Organisation, path: Path
) -> tuple[Organisation, dict[str, Floats], list[str]]:
    """Return an organisation with a survey's answers as start values.

    Returns
    -------
    Organisation
        Answers in the survey come before those it had.
    dict of str to float64 array
        Answers of nobody by name, by start value.
    list of str
        What was found, in sentences.

    Raises
    ------
    InputError
        Where the file asks nothing that is known, or an answer is on no scale.
    """
    register = Register()
    for person in organisation.ids.tolist():
        register.add(str(person))
    starts = {name: values.copy() for name, values in organisation.start_values.items()}
    others: dict[str, list[float]] = {}
    joined, rows, asked = set[int](), 0, set[str]()
    for sheet in read_sheets(path):
        made = _questions(sheet)
        asked |= {name for name in made.columns if name in START_COLUMNS}
        for text, answers in answers_of(sheet, made):
            rows += bool(answers)
            person = register.find(text)
            if answers and person >= 0:
                joined.add(person)
            for column, value in answers.items():
                name = START_COLUMNS.get(column, "")
                if not name:
                    continue
                if person < 0:
                    others.setdefault(name, []).append(value)
                    continue
                nobody = np.full(organisation.n_people, np.nan)
                starts.setdefault(name, nobody)[person] = value
    if not asked:
        right = "the questionnaire of uptake example, or columns such as start_trust"
        raise InputError([Problem(str(path), "", "asks nothing that is known here", right)])
    said = [f"Survey: {rows:,} answers, {len(joined):,} of them joined to people by id."]
    if rows > len(joined):
        said.append("The others count for the whole firm, not for a person.")
    known = {name: np.array(values) for name, values in others.items()}
    return replace(organisation, start_values=starts), known, said


def _questions(sheet: Sheet) -> Guess:
    """Return which column is whose answer to what; nobody's where no column tells."""
    made = guess(sheet)
    if made.kind == "survey":
        return made
    questions: dict[str, str] = {}
    for column in sheet.columns:
        state = "" if is_sensitive(column) else state_meant(column)
        if state:
            questions.setdefault(state, column)
    return Guess("survey", questions)
