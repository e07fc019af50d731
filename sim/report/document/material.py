"""What a report is written from: a comparison, and what was run again to explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.attribution import Reruns, Why, everyone, reruns, team_of, why
from sim.analysis.attribution.subject import some_worlds
from sim.analysis.ranking import Doubt, Margin, margins_without, order_of, over_posterior
from sim.results import Results

if TYPE_CHECKING:
    from sim.organisation.summary import Summary

__all__ = ["Effort", "Extra", "Material", "gather"]

STALLED = 3
"""So many teams are explained: those with the lowest use under the leading plan."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is run again for a report.

    Parameters
    ----------
    worlds : int
        Worlds of each re-run of a single change.
    sets, seeds : int
        Parameter sets of the posterior, and worlds of each.
    """

    worlds: int = 20
    sets: int = 100
    seeds: int = 4


@dataclass(frozen=True)
class Extra:
    """What else a folder told: of a search or of a sweep, shown before the comparison.

    Parameters
    ----------
    title : str
    kind : str
        ``plan`` or ``sweep``.
    about : dict
        What the section's template shows.
    """

    title: str
    kind: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that the sections are written from.

    Parameters
    ----------
    results : Results
        With teams recorded.
    order : tuple of int
        Plans by habitual users in the last week, the highest first.
    summary : Summary
        Of the organisation.
    causes : tuple of (Why, Reruns)
        Of the teams that stalled under the leading plan.
    everyone : Reruns
        Single changes of the leading plan, for the whole organisation.
    structure : tuple of Margin
        The ranking with each mechanism out.
    doubt : Doubt
        The ranking over the posterior's parameter sets.
    people : uint8 array, shape (n_plans, worlds, weeks, n_people, len(PERSON_RECORD))
        Each person's weeks in a few worlds.
    pseudonyms : bool
        Whether ids are replaced.
    command : str
        The command that makes this report.
    extra : Extra or None
    """

    results: Results
    order: tuple[int, ...]
    summary: Summary
    causes: tuple[tuple[Why, Reruns], ...]
    everyone: Reruns
    structure: tuple[Margin, ...]
    doubt: Doubt
    people: NDArray[np.uint8]
    pseudonyms: bool = False
    command: str = ""
    extra: Extra | None = None

    @property
    def leading(self) -> int:
        """The plan with the most habitual users in the last week."""
        return self.order[0]


Note = Callable[[str], None]


def gather(
    results: Results,
    *,
    effort: Effort | None = None,
    pseudonyms: bool = False,
    command: str = "",
    extra: Extra | None = None,
    threads: int | None = None,
    note: Note | None = None,
) -> Material:
    """Run again what a report explains, with the same luck.

    Parameters
    ----------
    results : Results
        Of ``sim.compare`` or ``sim.run``.
    effort : Effort, optional
    pseudonyms : bool
    command : str
    extra : Extra, optional
    threads : int, optional
    note : callable, optional
        Told what is being done.
    """
    from sim.organisation.summary import summarise

    effort, say = effort or Effort(), note or (lambda _: None)
    order = tuple(order_of(results))
    kept = _kept(results)
    say("why teams stalled")
    causes = []
    for name in _stalled(results, order[0]):
        subject = team_of(results, name)
        said = why(results, order[0], subject, worlds=kept, threads=threads)
        tried = reruns(results, order[0], subject, worlds=effort.worlds, threads=threads)
        causes.append((said, tried))
    say("single changes for everyone")
    all_of_them = reruns(
        results, order[0], everyone(results), worlds=effort.worlds, threads=threads
    )
    say("each mechanism switched off")
    structure = margins_without(results, threads=threads)
    say("other plausible parameters")
    doubt = over_posterior(results, sets=effort.sets, seeds=effort.seeds, threads=threads)
    say("people's weeks")
    return Material(
        results=results,
        order=order,
        summary=summarise(results.organisation),
        causes=tuple(causes),
        everyone=all_of_them,
        structure=structure,
        doubt=doubt,
        people=_people(results, kept, threads),
        pseudonyms=pseudonyms,
        command=command,
        extra=extra,
    )


def _stalled(results: Results, plan: int) -> list[str]:
    shown = results.shown_teams
    means = results.team("habitual")[plan, :, :, -1].mean(axis=(0, 1))[shown]
    lowest = shown[np.argsort(means, kind="stable")][:STALLED]
    return [results.organisation.teams[row] for row in lowest]


def _kept(results: Results) -> int:
    """Return in how many worlds everybody's weeks are kept: all that fit in 256 MiB."""
    from sim.outcomes import PERSON_RECORD

    bytes_a_world = (
        len(results.scenarios) * results.weeks * results.organisation.n_people * len(PERSON_RECORD)
    )
    return max(1, min(results.n_worlds, 2**28 // bytes_a_world))


def _people(results: Results, worlds: int, threads: int | None) -> NDArray[np.uint8]:
    from dataclasses import replace

    from sim.engine.compiled import Programme, Record, simulate

    chosen = [some_worlds(results, plan, worlds) for plan in range(len(results.scenarios))]
    programmes = [
        replace(Programme.of(scenario, results.organisation, results.weeks), parameters=rows)
        for scenario, (rows, _) in zip(results.scenarios, chosen, strict=True)
    ]
    records = simulate(
        results.organisation, programmes, chosen[0][1], results.weeks,
        record=Record(people=True), threads=threads,
    )  # fmt: skip
    assert records.people is not None
    return records.people.reshape(len(programmes), -1, *records.people.shape[3:])
