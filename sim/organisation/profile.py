"""What people say matters to them, and which conversation that speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.contrast import estimate
from sim.errors import InputError, Problem
from sim.organisation.people import PEOPLE_COLUMNS, people_from_rows
from sim.organisation.settings import DEFAULT_RANKS, FileSettings, Template, read_settings
from sim.sources import kind_seen
from sim.state import VALUES
from sim.tables import Note, Problems, open_table

SPEAKS_FOR = {
    "relationships": "relationship conversation",
    "loyalty": "loyalty conversation",
    "trustworthiness": "identity conversation",
    "responsibility": "identity conversation",
    "growth": "capability conversation",
    "ambition": "capability conversation",
    "family": "loyalty conversation",
}
"""Conversation by the value that moderates what it acts on in the model; an ASSUMPTION."""

FEWEST = 5
"""People below which no profile is shown."""


@dataclass(frozen=True)
class ValueProfile:
    """How much one value matters to the people who answered."""

    value: str
    answered: int
    """People."""
    mean: float
    low: float
    high: float
    """``mean``, ``low``, ``high``: importance from 0 to 1, with the 95% interval of the mean."""
    rank: int
    """Among the seven in this organisation, 1 the most important."""
    global_rank: int | None
    """Among 56 values in the surveys that the model's mix of profiles starts from."""
    leads: float
    """Share of people of whose two most important values it is one."""
    speaks_for: str
    """The conversation that addresses it."""


def value_profile(folder: Path) -> tuple[list[ValueProfile], int]:
    """Return the profile of a firm by its answers, most important first, and how many people.

    Only what people answered counts; nothing that is drawn where an answer is missing. Raises
    InputError where the folder cannot be read, or fewer than five people answered.
    """
    settings = _settings(folder)
    problems, notes = Problems(), list[Note]()
    renames = {theirs: ours for ours, theirs in settings.columns.items() if ours in PEOPLE_COLUMNS}
    table = open_table(
        folder / settings.people,
        problems,
        notes,
        known=PEOPLE_COLUMNS,
        required=("id",),
        renames=renames,
        max_rows=settings.max_rows,
    )
    problems.raise_if_any(str(folder))
    assert table is not None
    draft = people_from_rows(
        table.rows(problems), list(table.columns), settings, problems, notes, comma=table.comma
    )
    problems.raise_if_any(str(folder))
    answered = ~np.isnan(draft.values)
    if answered.sum(axis=0).max(initial=0) < FEWEST:
        what = f"holds values of fewer than {FEWEST} people"
        right = "columns value_family, value_growth and so on, answered by more"
        raise InputError([Problem(str(folder / settings.people), "", what, right)])
    return _ranked(draft.values, answered), len(draft.ids)


def _settings(folder: Path) -> FileSettings:
    file = folder / "organisation.yaml"
    settings = FileSettings() if kind_seen(file) == "nothing" else read_settings(file)
    if isinstance(settings, Template):
        what = "is a template: its values are drawn, nobody was asked"
        raise InputError([Problem(str(folder), "", what, "a folder with people.csv")])
    return settings


def _ranked(values: np.ndarray, answered: np.ndarray) -> list[ValueProfile]:
    whole = answered.all(axis=1)
    top = np.argsort(-values[whole], axis=1, kind="stable")[:, :2]
    known = [k for k in range(len(VALUES)) if answered[:, k].sum() >= FEWEST]
    means = {k: float(values[answered[:, k], k].mean()) for k in known}
    order = sorted(known, key=lambda k: -means[k])
    result = []
    for rank, k in enumerate(order, 1):
        some = values[answered[:, k], k]
        found = estimate(some[None])
        result.append(
            ValueProfile(
                VALUES[k],
                len(some),
                found.mean,
                max(0.0, found.low),
                min(1.0, found.high),
                rank,
                DEFAULT_RANKS.get(VALUES[k]),
                float((top == k).any(axis=1).mean()) if whole.any() else float("nan"),
                SPEAKS_FOR[VALUES[k]],
            )
        )
    return result


def differs(profile: Sequence[ValueProfile]) -> bool:
    """Return whether the first value stands clear of the second by its interval."""
    return len(profile) > 1 and profile[0].low > profile[1].high
