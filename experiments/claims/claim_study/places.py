"""The organisations on which a claim is tried: several made up, and real ones where there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError
from sim.organisation import Organisation, load, template

__all__ = ["REAL", "Place", "places"]

REAL = ("krackhardt_hightech", "lazega_lawfirm", "med_innovation")
"""Folders of real networks of people at work; not part of Uptake."""


@dataclass(frozen=True, eq=False)
class Place:
    """An organisation on which studies run.

    Parameters
    ----------
    name : str
    organisation : Organisation
    real : bool
    """

    name: str
    organisation: Organisation
    real: bool

    @property
    def has_managers(self) -> bool:
        """Whether anybody has reports."""
        return bool(self.organisation.is_manager.any())


def templates() -> tuple[Place, ...]:
    """Return three made-up organisations that differ in size, random numbers and shape."""
    return (
        Place("template, 240 people", template(240, seed=1), False),
        Place("template, 120 people", template(120, seed=11), False),
        Place(
            "template, 160 people, wide spans",
            template(160, seed=12, span={"low": 12, "high": 18}),
            False,
        ),
    )


def places(
    data: Path | None = None, names: Sequence[str] = REAL
) -> tuple[tuple[Place, ...], dict[str, str]]:
    """Return the organisations there are, and why others are not among them.

    Parameters
    ----------
    data : Path, optional
        Folder in which the folders ``names`` are looked for.
    names : sequence of str

    Returns
    -------
    tuple of Place
    dict of str to str
        Reason by name of what is skipped.
    """
    found, skipped = list(templates()), {}
    for name in names:
        if data is None or not (data / name).is_dir():
            skipped[name] = "its files are not here"
            continue
        try:
            found.append(Place(name.replace("_", " "), load(data / name), True))
        except InputError as error:
            skipped[name] = error.problems[0].what
    return tuple(found), skipped
