"""What a report is written from: a comparison, and what was run again to explain it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.analysis.attribution import PersonWeeks, Worth, rerun_with_people, worth
from sim.analysis.ranking import Doubt, Margin, margins_without, order_of, over_posterior
from sim.report.brand import Brand
from sim.report.document.causes import Causes, causes_of
from sim.results import Comparison, Results
from sim.results.columns import ResultTable
from sim.results.tables import table

if TYPE_CHECKING:
    from sim.organisation.summary import Summary

__all__ = ["ReportBudget", "ReportData", "ReportExtra", "gather"]


@dataclass(frozen=True, slots=True)
class ReportBudget:
    """How much is run again for a report.

    Parameters
    ----------
    replicates : int
        Replicates of each re-run of a single change.
    person_weeks : int
        So many weeks of a person's life are simulated at most for the single changes of teams;
        enough for all teams of 300 people under three plans.
    sets, seeds : int
        Parameter sets of the posterior, and replicates of each.
    """

    replicates: int = 20
    person_weeks: int = 250_000_000
    sets: int = 100
    seeds: int = 4


@dataclass(frozen=True)
class ReportExtra:
    """What else a folder holds, of a search or of a sweep: shown before the comparison.

    Parameters
    ----------
    kind : str
        ``plan`` or ``sweep``.
    about : dict
        What the section's template shows.
    """

    title: str
    kind: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class ReportData:
    """Everything that the sections are written from.

    Parameters
    ----------
    results : Results
        With teams recorded.
    order : tuple of int
        Plans by the level of weekly use at the end, the highest first.
    summary : Summary
        Of the organisation.
    causes : Causes
        Why each team stands where it does, and what single changes would do.
    structure : tuple of Margin
        The ranking with each mechanism out.
    doubt : Doubt
        The ranking over the posterior's parameter sets.
    recorded : tuple of PersonWeeks
        Each plan in a few replicates, with each person's weeks.
    worth : tuple of Worth
        What single changes of the leading plan would do for everybody, the largest rise first.
    pseudonyms : bool
        Whether ids are replaced where nobody is a real person; else they always are.
    command : str
        The command that makes this report.
    hour_cost : float
        Euros that an hour of a person costs; 0 where that is not known.
    """

    results: Results
    order: tuple[int, ...]
    summary: Summary
    causes: Causes
    structure: tuple[Margin, ...]
    doubt: Doubt
    recorded: tuple[PersonWeeks, ...]
    worth: tuple[Worth, ...] = ()
    pseudonyms: bool = False
    command: str = ""
    extra: ReportExtra | None = None
    brand: Brand = field(default_factory=Brand)
    hour_cost: float = 0.0

    @cached_property
    def tables(self) -> dict[str, ResultTable]:
        """The tables that ``uptake compare --out`` writes too, by name: each is made once."""
        several = isinstance(self.results, Comparison) and len(self.results.names) > 1
        names = ("summary", "differences") if several else ("summary",)
        return {name: table(self.results, name) for name in names}

    @property
    def leading(self) -> int:
        """The plan with the highest level of weekly use at the end."""
        return self.order[0]

    @property
    def hides_ids(self) -> bool:
        """Whether people go by pseudonyms: always where they are real."""
        return self.pseudonyms or not self.results.organisation.made_up


Note = Callable[[str], None]


def gather(
    results: Results,
    *,
    effort: ReportBudget | None = None,
    pseudonyms: bool = False,
    command: str = "",
    extra: ReportExtra | None = None,
    brand: Brand | None = None,
    hour_cost: float = 0.0,
    threads: int | None = None,
    note: Note | None = None,
) -> ReportData:
    """Run again what a report explains, with the same random numbers.

    Parameters
    ----------
    results : Results
        Of ``sim.compare`` or ``sim.run``, with teams recorded (they are unless they take
        more than 1 GiB).
    effort : ReportBudget, optional
        How much is run again to explain.
    command : str
        The command that makes this report, for its section 12.
    extra : ReportExtra, optional
        What a search or a sweep found besides.
    hour_cost : float
        Euros that an hour of a person costs, 0 or more.
    note : callable, optional
        Called with what is being done.
    """
    from sim.organisation.summary import summarise

    effort, say = effort or ReportBudget(), note or (lambda _: None)
    order = tuple(order_of(results))
    say("people's weeks")
    plans = range(len(results.scenarios))
    recorded = rerun_with_people(results, plans, replicates=_kept(results), threads=threads)
    say("why teams stand where they do")
    causes = causes_of(
        results, order[0], recorded, replicates=effort.replicates, person_weeks=effort.person_weeks,
        threads=threads,
    )  # fmt: skip
    say("what would help everybody most")
    found = worth(results, order[0], replicates=effort.replicates, threads=threads)
    say("each mechanism switched off")
    structure = margins_without(results, threads=threads)
    say("other plausible parameters")
    doubt = over_posterior(results, sets=effort.sets, seeds=effort.seeds, threads=threads)
    return ReportData(
        results=results,
        order=order,
        summary=summarise(results.organisation),
        causes=causes,
        structure=structure,
        doubt=doubt,
        recorded=recorded,
        worth=found or (),
        pseudonyms=pseudonyms,
        command=command,
        extra=extra,
        brand=brand or Brand(),
        hour_cost=hour_cost,
    )


def _kept(results: Results) -> int:
    """Return in how many replicates everybody's weeks are kept: all that fit in 256 MiB."""
    from sim.outcomes import PERSON_RECORD

    bytes_a_replicate = (
        len(results.scenarios) * results.weeks * results.organisation.n_people * len(PERSON_RECORD)
    )
    return max(1, min(results.n_runs, 2**28 // bytes_a_replicate))
