"""The decisions there are: starts, orders, doses, rounds, waves; all of them, some, and nearby."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations, product

import numpy as np

from sim.analysis.plan.layout import Layout, Plan, Waves, Wish

__all__ = ["Space", "Staging"]

_MOST_UNITS = 7
"""Groups of teams up to which every division into waves is listed."""

_TRIES = 20


@dataclass(frozen=True, slots=True)
class Staging:
    """A division into waves, and the weeks between them."""

    waves: Waves
    gap: int


EVERYBODY = Staging(((),), 0)


class Space:
    """Every decision a problem leaves open.

    No decision is preferred: starts are considered alike from the earliest to the latest,
    orders and waves by permutation, whatever an intervention is called.

    Parameters
    ----------
    layout : Layout
    """

    def __init__(self, layout: Layout) -> None:
        self.layout, self.problem = layout, layout.problem
        self.in_sequence = {
            row: s for s, q in enumerate(self.problem.sequences) for row in q.members
        }

    @cached_property
    def starts(self) -> tuple[tuple[int, ...], ...]:
        """Start weeks considered for each item; for a sequence, those of its first member.

        All members of a sequence have the same ones; only the first in order uses them.
        """
        singles = [
            self._weeks(item.earliest, self._latest(row))
            for row, item in enumerate(self.problem.items)
        ]
        for sequence in self.problem.sequences:
            rows = sequence.members
            shortest = sum(self.problem.items[row].round_weeks for row in rows if self._needed(row))
            last = max(self._latest(row) for row in rows)
            first = min(self.problem.items[row].earliest for row in rows)
            weeks = self._weeks(first, max(first, min(last, self.problem.weeks - shortest + 1)))
            for row in rows:
                singles[row] = weeks
        return tuple(singles)

    def _needed(self, row: int) -> bool:
        return self.problem.items[row].doses[0] > 0

    def _latest(self, row: int) -> int:
        """Return the last first week in which an item can be over in time."""
        item = self.problem.items[row]
        latest = item.latest
        while latest > item.earliest and not self.layout.fits_the_run(row, latest, item.rounds[0]):
            latest -= 1
        return latest

    def _weeks(self, earliest: int, latest: int) -> tuple[int, ...]:
        return tuple(range(earliest, max(earliest, latest) + 1, self.problem.step))

    @cached_property
    def stagings(self) -> tuple[Staging, ...] | None:
        """Every division into waves; None where there are too many to list."""
        waves = self.problem.waves
        if waves is None:
            return (EVERYBODY,)
        if waves.fixed is not None:
            return tuple(
                self.staging(waves.fixed, gap)
                for gap in (waves.gaps if len(waves.fixed) > 1 else (0,))
            )
        if len(waves.units) > _MOST_UNITS and max(waves.numbers) > 1:
            return None
        found = dict[Staging, None]()
        for number in waves.numbers:
            for order in permutations(range(len(waves.units))):
                divided = self.divided(order, number)
                for gap in waves.gaps if number > 1 else (0,):
                    found[self.staging(divided, gap)] = None
                if number == 1:
                    break
        return tuple(found)

    def divided(self, order: tuple[int, ...], number: int) -> tuple[tuple[int, ...], ...]:
        """Return groups of teams in an order cut into waves of about as many people each."""
        assert self.problem.waves is not None
        sizes = [self.layout.part_people(self.problem.waves.names[unit]) for unit in order]
        middle = np.cumsum(sizes) - np.array(sizes) / 2
        wave = np.minimum((middle / max(sum(sizes), 1) * number).astype(int), number - 1)
        if len(set(wave.tolist())) < number:  # one group is larger than a wave
            parts = np.array_split(np.arange(len(order)), number)
            return tuple(tuple(sorted(order[i] for i in part)) for part in parts)
        return tuple(
            tuple(sorted(unit for unit, w in zip(order, wave, strict=True) if w == k))
            for k in range(number)
        )

    def staging(self, divided: tuple[tuple[int, ...], ...], gap: int) -> Staging:
        """Return a division into waves by the names of its groups of teams."""
        assert self.problem.waves is not None
        if len(divided) == 1:
            return EVERYBODY
        names = self.problem.waves.names
        return Staging(tuple(tuple(names[unit] for unit in wave) for wave in divided), gap)

    @cached_property
    def size(self) -> float:
        """How many decisions there are, before constraints; infinite where not counted."""
        items = self.problem.items
        heads = {q.members[0] for q in self.problem.sequences}
        starts = math.prod(
            len(weeks)
            for row, weeks in enumerate(self.starts)
            if row not in self.in_sequence or row in heads
        )
        levels = math.prod(len(item.doses) * len(item.rounds) for item in items)
        orders = math.prod(
            math.factorial(len(q.members)) * len(q.gaps) for q in self.problem.sequences
        )
        stagings = len(self.stagings) if self.stagings is not None else math.inf
        return starts * levels * orders * stagings

    def wishes(self) -> Iterator[Wish]:
        """Yield every decision; some may come to the same plan.

        Raises
        ------
        ValueError
            Where there are too many to list.
        """
        if self.stagings is None:
            raise ValueError("too many divisions into waves to list")
        items, sequences = self.problem.items, self.problem.sequences
        followers = {row for q in sequences for row in q.members[1:]}
        starts = [weeks[:1] if row in followers else weeks for row, weeks in enumerate(self.starts)]
        orders = [[*permutations(q.members)] for q in sequences]
        for week in product(*starts):
            for order in product(*orders):
                first = self.heads(week, order)
                for gaps in product(*(q.gaps for q in sequences)):
                    for doses in product(*(item.doses for item in items)):
                        for rounds in product(*(item.rounds for item in items)):
                            for staging in self.stagings:
                                yield Wish(
                                    first, doses, rounds, order, gaps, staging.waves, staging.gap
                                )

    def heads(self, week: tuple[int, ...], order: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
        """Return wished weeks in which all members of a sequence have its first member's."""
        result = list(week)
        for sequence, members in zip(self.problem.sequences, order, strict=True):
            for row in members:
                result[row] = week[sequence.members[0]]
        return tuple(result)

    def plans(self, most: int) -> tuple[Plan, ...] | None:
        """Return every plan that keeps all constraints; None where more than ``most`` wishes."""
        if self.size > most:
            return None
        fitted = (self.layout.fit(wish).plan for wish in self.wishes())
        return tuple(dict.fromkeys(plan for plan in fitted if plan is not None))

    def draw(self, rng: np.random.Generator) -> Wish:
        """Return a decision at random, every choice as likely as the others."""
        items, sequences = self.problem.items, self.problem.sequences
        week = tuple(int(rng.choice(weeks)) for weeks in self.starts)
        order = tuple(tuple(int(r) for r in rng.permutation(q.members)) for q in sequences)
        staging = self.draw_staging(rng)
        return Wish(
            self.heads(week, order),
            tuple(float(rng.choice(item.doses)) for item in items),
            tuple(int(rng.choice(item.rounds)) for item in items),
            order,
            tuple(int(rng.choice(q.gaps)) for q in sequences),
            staging.waves,
            staging.gap,
        )

    def draw_staging(self, rng: np.random.Generator) -> Staging:
        """Return a division into waves at random: first how many, then who and how far apart.

        Those in which one wave alone exceeds a capacity are passed over.
        """
        for _ in range(_TRIES):
            staging = self._any_staging(rng)
            if not self.layout.takes_too_much(staging.waves):
                break
        return staging

    def _any_staging(self, rng: np.random.Generator) -> Staging:
        waves = self.problem.waves
        if waves is None:
            return EVERYBODY
        if waves.fixed is not None:
            assert self.stagings is not None
            return self.stagings[int(rng.integers(len(self.stagings)))]
        number = int(rng.choice(waves.numbers))
        order = tuple(int(unit) for unit in rng.permutation(len(waves.units)))
        gap = int(rng.choice(waves.gaps)) if number > 1 else 0
        return self.staging(self.divided(order, number), gap)

    def near(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Return a decision one or two changes away."""
        for _ in range(1 if rng.random() < 0.6 else 2):
            wish = self._moved(wish, rng)
        return wish

    def _moved(self, wish: Wish, rng: np.random.Generator) -> Wish:
        moves = [self._shift, self._exchange]
        if any(len(item.doses) * len(item.rounds) > 1 for item in self.problem.items):
            moves.append(self._level)
        if self.problem.sequences:
            moves += [self._reorder, self._reorder]
        if self.problem.waves is not None and self.problem.waves.fixed is None:
            moves += [self._stage, self._stage]
        return moves[int(rng.integers(len(moves)))](wish, rng)

    def _placed(self, wish: Wish) -> list[int]:
        """Return the rows whose wished week counts: singles and heads of sequences."""
        heads = {q.members[0] for q in self.problem.sequences}
        return [
            row
            for row in range(len(wish.starts))
            if (row not in self.in_sequence or row in heads) and len(self.starts[row]) > 1
        ]

    def _with_start(self, wish: Wish, row: int, week: int) -> Wish:
        rows = (
            self.problem.sequences[self.in_sequence[row]].members
            if row in self.in_sequence
            else (row,)
        )
        starts = tuple(week if r in rows else s for r, s in enumerate(wish.starts))
        return replace(wish, starts=starts)

    def _nearest(self, row: int, week: int) -> int:
        return min(self.starts[row], key=lambda one: abs(one - week))

    def _shift(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Move one start: a little, or anywhere."""
        rows = self._placed(wish)
        if not rows:
            return wish
        row = rows[int(rng.integers(len(rows)))]
        if rng.random() < 0.25:
            return self._with_start(wish, row, int(rng.choice(self.starts[row])))
        step = int(rng.choice([-4, -2, -1, 1, 2, 4])) * self.problem.step
        return self._with_start(wish, row, self._nearest(row, wish.starts[row] + step))

    def _exchange(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Exchange two starts."""
        rows = self._placed(wish)
        if len(rows) < 2:
            return wish
        one, other = (int(row) for row in rng.choice(rows, 2, replace=False))
        weeks = self._nearest(one, wish.starts[other]), self._nearest(other, wish.starts[one])
        return self._with_start(self._with_start(wish, one, weeks[0]), other, weeks[1])

    def _level(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Choose another dose or number of rounds."""
        items = self.problem.items
        rows = [r for r, item in enumerate(items) if len(item.doses) * len(item.rounds) > 1]
        row = rows[int(rng.integers(len(rows)))]
        item = items[row]
        doses, rounds = list(wish.doses), list(wish.rounds)
        if len(item.doses) > 1 and (len(item.rounds) == 1 or rng.random() < 0.5):
            doses[row] = float(rng.choice([d for d in item.doses if d != doses[row]]))
        else:
            rounds[row] = int(rng.choice([n for n in item.rounds if n != rounds[row]]))
        return replace(wish, doses=tuple(doses), rounds=tuple(rounds))

    def _reorder(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Exchange two members of a sequence, or choose another gap."""
        s = int(rng.integers(len(wish.orders)))
        gaps = self.problem.sequences[s].gaps
        if len(gaps) > 1 and rng.random() < 0.25:
            other = int(rng.choice([gap for gap in gaps if gap != wish.gaps[s]]))
            return replace(wish, gaps=(*wish.gaps[:s], other, *wish.gaps[s + 1 :]))
        order = list(wish.orders[s])
        i, j = (int(k) for k in rng.choice(len(order), 2, replace=False))
        order[i], order[j] = order[j], order[i]
        return replace(wish, orders=(*wish.orders[:s], tuple(order), *wish.orders[s + 1 :]))

    def _stage(self, wish: Wish, rng: np.random.Generator) -> Wish:
        """Exchange two groups of teams, or choose other waves."""
        waves = self.problem.waves
        assert waves is not None
        now = [[waves.names.index(name) for name in wave] for wave in wish.waves]
        if len(now) == 1 or rng.random() < 0.4:
            staging = self.draw_staging(rng)
        else:
            one, other = (int(k) for k in rng.choice(len(now), 2, replace=False))
            i, j = int(rng.integers(len(now[one]))), int(rng.integers(len(now[other])))
            now[one][i], now[other][j] = now[other][j], now[one][i]
            order = tuple(unit for wave in now for unit in wave)
            gap = int(rng.choice(waves.gaps)) if rng.random() < 0.2 else wish.gap
            staging = self.staging(self.divided(order, len(now)), gap)
        return replace(wish, waves=staging.waves, gap=staging.gap)

    def settled(self, wish: Wish, plan: Plan) -> Wish:
        """Return the wish with the weeks that its plan came to, so that moves stay near."""
        starts = list(wish.starts)
        for row in range(len(starts)):
            if row not in self.in_sequence and plan.starts[row]:
                starts[row] = plan.starts[row]
        for order in wish.orders:
            placed = [row for row in order if plan.starts[row]]
            for row in order if placed else ():
                starts[row] = plan.starts[placed[0]]
        return replace(wish, starts=tuple(starts))
