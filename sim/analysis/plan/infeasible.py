"""Irreducible infeasible subsets: constraints no plan keeps together, and what would help.

Whether any plan exists is asked of the integer program. Constraints are then left out one at a
time: one without which there is still no plan is left out for good, so that those which remain
cannot all hold, and leaving out any one of them makes a plan possible (a deletion filter). With
these set aside the rest is asked again, until all infeasible subsets are known. Every step rests
on a proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sim.analysis.plan.check import SLACK
from sim.analysis.plan.layout import Layout, Plan
from sim.analysis.plan.options import Option
from sim.analysis.plan.problem import Limit, PlanProblem
from sim.analysis.plan.program import Program, Solved
from sim.numbers import counted, exact, listed, of_these

MOST = 4
"""Infeasible subsets that are looked for, at most."""
LONGER = 104
"""Weeks by which a longer run is tried."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint of a problem, by its kind and position, and in words."""

    kind: str
    key: object
    words: str


@dataclass(frozen=True, slots=True)
class InfeasibleSubset:
    """Constraints that cannot all hold."""

    constraints: tuple[Constraint, ...]
    """Leaving out any one of them makes the others possible."""
    facts: tuple[str, ...]
    """What makes it plain, such as a group of teams that alone exceeds a capacity."""
    ways: tuple[str, ...]
    """The smallest change of each that would make the others possible."""

    def __str__(self) -> str:
        needed = [one.key for one in self.constraints if one.kind == "needed"]
        said = [one.words for one in self.constraints if one.kind != "needed"]
        if needed:
            labels = [one.words.partition(" may")[0] for one in self.constraints
                      if one.kind == "needed"]  # fmt: skip
            said.append(f"{listed(labels)} may not be left out (doses)")
        text = "; ".join(said)
        if self.facts:
            text += f" ({'; '.join(self.facts)})"
        return f"{text}. It would do: {'; or '.join(self.ways)}" if self.ways else text


def constraints_of(problem: PlanProblem) -> tuple[Constraint, ...]:
    """Return every constraint of a problem."""
    found = [Constraint("run", 0, f"the run of {counted(problem.weeks, 'week')} (weeks)")]
    for row, item in enumerate(problem.items):
        if item.earliest > 1:
            words = f"{item.label} not before week {item.earliest} (earliest)"
            found.append(Constraint("earliest", row, words))
        if item.latest < problem.weeks:
            words = f"{item.label} not after week {item.latest} (latest)"
            found.append(Constraint("latest", row, words))
        if item.over_by is not None:
            words = f"{item.label} in all waves by week {item.over_by} (started_by)"
            found.append(Constraint("over_by", row, words))
        for wave, week in item.pinned.items():
            words = f"{item.label}, wave {wave + 1} in week {week} (fixed)"
            found.append(Constraint("pinned", (row, wave), words))
        if item.doses[0] > 0:
            found.append(Constraint("needed", row, f"{item.label} may not be left out (doses)"))
    texts = dict.fromkeys(one.text for one in problem.precedence)
    found += [Constraint("precedence", text, f"precedence: {text}") for text in texts]
    found += [Constraint("blackout", b, str(b)) for b in problem.blackouts]
    found += [Constraint("limit", limit, limit.words) for limit in problem.limits if limit.hard]
    found += [
        Constraint("sequence", q, "the order of " + listed([problem.labels[r] for r in q.members]))
        for q in problem.sequences
    ]
    if (waves := problem.waves) is not None:
        found += [
            Constraint("apart", g, f"{listed(g)} in a wave each (apart)") for g in waves.apart
        ]
        found += [Constraint("order", p, f"{p[0]} before {p[1]} (waves)") for p in waves.before]
        if waves.pilot is not None:
            found.append(Constraint("pilot", 0, "the size of the pilot (waves)"))
        if waves.even and max(waves.numbers) > 1:
            found.append(Constraint("even", 0, "waves of about the same size (even)"))
    return tuple(found)


def _without(problem: PlanProblem, kept: Sequence[Constraint]) -> PlanProblem:
    """Return the problem with only some of its constraints."""
    keys = {(one.kind, one.key) for one in kept}
    weeks = problem.weeks
    if ("run", 0) not in keys:  # as long as anything could take, one after another
        weeks = max(weeks, *(item.latest for item in problem.items))
        weeks += sum(item.round_weeks * max(item.rounds) for item in problem.items)
        weeks += sum(blackout.end - blackout.start + 1 for blackout in problem.blackouts)
        if problem.waves is not None:
            weeks += max(problem.waves.numbers) * max(problem.waves.gaps)
        weeks = min(weeks, problem.weeks + LONGER)
    items = tuple(
        replace(
            item,
            earliest=item.earliest if ("earliest", row) in keys else 1,
            latest=item.latest if ("latest", row) in keys else weeks,
            over_by=item.over_by if ("over_by", row) in keys else None,
            pinned={w: k for w, k in item.pinned.items() if ("pinned", (row, w)) in keys},
            doses=item.doses
            if ("needed", row) in keys or item.doses[0] == 0
            else (0.0, *item.doses),
        )
        for row, item in enumerate(problem.items)
    )
    waves = problem.waves
    if waves is not None:
        waves = replace(
            waves,
            apart=tuple(g for g in waves.apart if ("apart", g) in keys),
            before=tuple(p for p in waves.before if ("order", p) in keys),
            pilot=waves.pilot if ("pilot", 0) in keys else None,
            even=waves.even and ("even", 0) in keys,
        )
    return replace(
        problem, weeks=weeks, items=items, waves=waves, step=1,
        sequences=tuple(q for q in problem.sequences if ("sequence", q) in keys),
        precedence=tuple(p for p in problem.precedence if ("precedence", p.text) in keys),
        blackouts=tuple(b for b in problem.blackouts if ("blackout", b) in keys),
        limits=tuple(one for one in problem.limits if not one.hard or ("limit", one) in keys),
    )  # fmt: skip


def _numbers(problem: PlanProblem) -> tuple[int, ...]:
    return (1,) if problem.waves is None else problem.waves.numbers


def _solved(layout: Layout, kept: Sequence[Constraint]) -> Solved:
    """Return a plan with only some of the constraints, or whether there is none for certain."""
    relaxed = Layout(_without(layout.problem, kept), layout.organisation)
    proved = True
    for count in _numbers(relaxed.problem):
        solved = Program(relaxed, count).solve()
        if solved.plan is not None:
            return solved
        proved = proved and solved.proved
    return Solved(None, proved)


def infeasible_subsets(layout: Layout) -> tuple[InfeasibleSubset, ...] | Plan | None:
    """Return all infeasible subsets; or a plan that keeps all; or None where neither is known."""
    kept = list(constraints_of(layout.problem))
    solved = _solved(layout, kept)
    if solved.plan is not None:
        return solved.plan
    if not solved.proved:
        return None
    found: list[InfeasibleSubset] = []
    while len(found) < MOST:
        core = _irreducible(layout, kept)
        ways = tuple(_ways(layout, kept, core))
        found.append(InfeasibleSubset(tuple(core), tuple(_facts(layout, core)), ways))
        aside = [one for one in core if one.kind not in ("needed", "run")] or core
        kept = [one for one in kept if one not in aside]
        solved = _solved(layout, kept)
        if solved.plan is not None or not solved.proved:
            break
    return tuple(found)


def _irreducible(layout: Layout, kept: Sequence[Constraint]) -> list[Constraint]:
    """Return constraints that cannot all hold, and can without any one of them."""
    core = list(kept)
    for kind in dict.fromkeys(one.kind for one in kept):  # whole kinds first: it is quicker
        rest = [one for one in core if one.kind != kind]
        if _is_impossible(layout, rest):
            core = rest
    for one in list(core):
        rest = [other for other in core if other is not one]
        if _is_impossible(layout, rest):
            core = rest
    return core


def _is_impossible(layout: Layout, kept: Sequence[Constraint]) -> bool:
    solved = _solved(layout, kept)
    return solved.plan is None and solved.proved


def _facts(layout: Layout, core: Sequence[Constraint]) -> Iterator[str]:
    """Yield each group of teams that alone exceeds a capacity."""
    waves = layout.problem.waves
    if waves is None:
        return
    for one in core:
        limit = one.key
        if not isinstance(limit, Limit) or limit.budget:
            continue
        most = float(limit.series(layout.weeks).max())
        for row, item in enumerate(layout.problem.items):
            for name in waves.names if item.waves else ():
                least = min((dose for dose in item.doses if dose), default=0.0)
                needs = layout.amount(row, limit.name, (name,), limit.group)
                needs *= least if limit.name in ("hours", "money") else 1.0
                if needs > most + SLACK:
                    people = counted(layout.people(row, (name,)), "person", "people")
                    yield (f"{name} alone, {people}, needs {of_these(needs, limit.name)} of "
                           f"{exact(most)} for {item.label}")  # fmt: skip


def _ways(layout: Layout, kept: Sequence[Constraint], core: Sequence[Constraint]) -> Iterator[str]:
    """Yield the smallest change of each constraint that makes the others possible as they are.

    Others are all that are ``kept``, unless another infeasible subset is among them.
    """
    for one in core:
        others = [other for other in kept if other is not one]
        if _is_impossible(layout, others):
            yield from _way(layout, one, [other for other in core if other is not one])
        else:
            yield from _way(layout, one, others)


def _way(layout: Layout, one: Constraint, rest: Sequence[Constraint]) -> Iterator[str]:
    problem = layout.problem
    if isinstance(one.key, Limit):
        kept = Layout(_without(problem, [*rest, one]), layout.organisation)
        values = [
            Program(kept, count, elastic=one.key).solve(work=5.0, exact=True)
            for count in _numbers(problem)
        ]
        least = min((v.value for v in values if v.plan is not None), default=None)
        if least is not None:
            more = least / 1_000_000
            amount = max(a for _, a in one.key.amounts)
            yield (f"{one.key.what}: {exact(amount + more)} in place of {exact(amount)}"
                   + ("" if one.key.budget else " a week"))  # fmt: skip
    elif one.kind in ("latest", "earliest", "over_by") and isinstance(one.key, int):
        yield from _moved(layout, rest, one.kind, one.key)
    elif one.kind == "run":
        for weeks in (*range(problem.weeks + 1, problem.weeks + 13), problem.weeks + 26):
            longer = replace(problem, weeks=weeks)
            if not _is_impossible(Layout(longer, layout.organisation), [*rest, one]):
                yield f"weeks: {weeks} in place of {problem.weeks}"
                break
    elif one.kind == "needed" and isinstance(one.key, int):
        yield f"{problem.labels[one.key]} with doses that hold 0"
    else:
        yield f"without {one.words}"


def _moved(layout: Layout, rest: Sequence[Constraint], kind: str, row: int) -> Iterator[str]:
    """Yield the nearest week that a bound of an item would have to be."""
    relaxed = Layout(_without(layout.problem, rest), layout.organisation)
    item = layout.problem.items[row]
    sign = -1 if kind == "earliest" else 1

    def cost(other: int, option: Option) -> float:
        return sign * option.start / 10 if other == row and option.start else 0.0

    plans = [Program(relaxed, n).solve(cost, work=5.0, exact=True).plan for n in
             _numbers(relaxed.problem)]  # fmt: skip
    found = [relaxed.wave_starts(plan, row) for plan in plans if plan is not None]
    weeks = [starts[-1 if kind == "over_by" else 0] for starts in found if starts]
    if not weeks:
        return
    if kind == "earliest":
        yield f"{item.label}: earliest week {max(weeks)} in place of {item.earliest}"
    else:
        name, now = ("latest", item.latest) if kind == "latest" else ("started_by", item.over_by)
        yield f"{item.label}: {name} week {min(weeks)} in place of {now}"
