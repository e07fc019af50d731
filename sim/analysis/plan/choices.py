"""What may be chosen for each item where waves are settled, as arrays: mending and improving plans.

The integer program finds plans and proves that there are none. Near a plan, what keeps all
constraints is looked up in arrays, for every choice of an item at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.check import SLACK
from sim.analysis.plan.layout import Layout, Plan, Waves
from sim.analysis.plan.options import Option, options_of
from sim.analysis.plan.problem import HOURS, MONEY, Before, Limit

__all__ = ["ChoiceWorth", "Choices", "Settled", "additive"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Move = tuple[float, tuple[tuple[int, int], ...]]
"""What is gained, and by which other choices of which items."""

_PATIENCE = 3
"""Changes in turn that leave no less broken, after which mending a plan is given up."""

_PAIRED = 16
"""Choices of each of two items that are looked at together."""

_LOOKED_AT = 24
"""Changes of two items that are looked at for one that keeps all constraints."""

_ALIKE = 3
"""Changes of the same items that are tried at a time."""

_NO_GAIN = 1e-9

_KNOWN = 512
"""Divisions into waves that are remembered."""


class Choices:
    """The choices of every item in a number of waves, so many weeks apart.

    Parameters
    ----------
    gap : int
        Weeks between the waves of all that has no gaps of its own.
    weeks : sequence of (sequence of int)
        Start weeks looked at, by item.
    frozen : collection of int
        Items that are never moved: those whose places hang on each other in other ways.
    """

    def __init__(
        self, layout: Layout, count: int, gap: int, weeks: Sequence[Sequence[int]],
        frozen: Collection[int],
    ) -> None:  # fmt: skip
        self.layout, self.count, self.frozen = layout, count, frozenset(frozen)
        items = layout.problem.items
        self.options = [
            options_of(layout, row, count, weeks[row], item.gaps or (gap,))
            for row, item in enumerate(items)
        ]
        self.possible = all(self.options)
        self.at = [{option: k for k, option in enumerate(mine)} for mine in self.options]
        self.fields = [
            np.array([[o.start, o.dose, o.rounds, o.gap] for o in mine]).reshape(-1, 4)
            for mine in self.options
        ]
        self.fits: dict[tuple[int, int], Bools] = {}
        for one in layout.problem.precedence:
            self._ordered(one)
        self.linked = [[b for a, b in self.fits if a == row] for row in range(len(items))]
        self._limits = [(one, _weeks(one, layout.weeks)) for one in layout.problem.limits
                        if one.hard]  # fmt: skip
        self._active = [[self._taken(row, *limit) for row in range(len(items))]
                        for limit in self._limits]  # fmt: skip
        self._settled: dict[Waves, Settled] = {}

    def _ordered(self, one: Before) -> None:
        """Say which choices of two items are in order, wave by wave."""
        before, after = (self._waves(row) for row in (one.first, one.second))
        if after.shape[1] < before.shape[1]:
            before = before[:, -1:]
        last = before.shape[1] - 1
        over = before[:, [min(w, last) for w in range(after.shape[1])]]
        over = over + self.layout.problem.items[one.first].round_weeks
        apart = after[None, :, :] - over[:, None, :]
        most = np.inf if one.most is None else one.most
        fits = ((apart >= one.lag) & (apart <= most)).all(axis=2)
        fits |= ~self._there(one.first)[:, None] | ~self._there(one.second)[None, :]
        key, back = (one.first, one.second), (one.second, one.first)
        self.fits[key] = self.fits.get(key, np.True_) & fits
        self.fits[back] = self.fits[key].T

    def _there(self, row: int) -> Bools:
        there: Bools = self.fields[row][:, 0] > 0
        return there

    def _waves(self, row: int) -> Floats:
        """Return the start of each wave by choice, shape (n_choices, n_waves)."""
        return np.array(
            [[o.start + by for by in self.layout.offsets(row, self.count, o.gap)]
             for o in self.options[row]], float,
        )  # fmt: skip

    def _taken(self, row: int, limit: Limit, weeks: NDArray[np.int64]) -> Floats:
        """Return what one unit takes by choice, wave and week, shape (n_choices, n_waves, k)."""
        layout, (_, once) = self.layout, self.layout.occupation(row, limit.name)
        known: dict[tuple[int, int], Floats] = {}
        count = len(layout.offsets(row, self.count, 0))
        found = np.zeros((len(self.options[row]), count, len(weeks)))
        for k, option in enumerate(self.options[row]):
            scale = option.dose if limit.name in (HOURS, MONEY) else 1.0
            offsets = layout.offsets(row, self.count, option.gap) if option.start else ()
            for wave, by in enumerate(offsets):
                key = (option.start + by, option.rounds)
                if key not in known:
                    active = layout.active(row, *key, once)
                    known[key] = (np.cumsum(active) if limit.budget else active)[weeks]
                found[k, wave] = scale * known[key]
        return found

    def under(self, waves: Waves) -> Settled:
        """Return the choices under waves that are settled."""
        if waves not in self._settled:
            if len(self._settled) >= _KNOWN:
                self._settled.clear()
            loads: list[list[Floats]] = [[] for _ in self.options]
            rooms = []
            for (limit, weeks), active in zip(self._limits, self._active, strict=True):
                room = limit.series(self.layout.weeks)[weeks]
                unit = max(float(room.max()), 1.0)
                mine = []
                for row, by_wave in enumerate(active):
                    each = [self.layout.amount(row, limit.name, wave, limit.group)
                            for wave in self.layout.waves_of(row, waves)]  # fmt: skip
                    mine.append(np.einsum("own,w->on", by_wave, each) / unit)
                most = sum(one.max(axis=0) for one in mine)
                tight = most > (room + SLACK) / unit
                rooms.append(((room + SLACK) / unit)[tight])
                for load, one in zip(loads, mine, strict=True):
                    load.append(one[:, tight])
            self._settled[waves] = Settled(
                self, waves, [np.concatenate(load or [np.zeros((len(options), 0))], axis=1)
                              for load, options in zip(loads, self.options, strict=True)],
                np.concatenate(rooms or [np.zeros(0)]),
            )  # fmt: skip
        return self._settled[waves]


class Settled:
    """The choices of every item under waves that are settled.

    What is chosen is the number of a choice by item.

    Parameters
    ----------
    load : list of array, shape (n_choices, k)
        By item, what each choice takes of every limit, in parts of what there is.
    room : array, shape (k,)
    """

    def __init__(self, choices: Choices, waves: Waves, load: list[Floats], room: Floats) -> None:
        self.choices, self.waves, self.load, self.room = choices, waves, load, room
        self.free = [row for row in range(len(load)) if row not in choices.frozen]

    def chosen(self, plan: Plan) -> list[int]:
        """Return what a plan chooses, or what is nearest to it."""
        found = []
        for row, at in enumerate(self.choices.at):
            gap = plan.gaps[row] if plan.gaps and self.choices.count > 1 else 0
            mine = Option(plan.starts[row], plan.doses[row], plan.rounds[row], gap)
            found.append(at[mine] if mine in at else int(self.far(plan, row).argmin()))
        return found

    def far(self, plan: Plan, row: int) -> Floats:
        """Return how far each choice of an item is from that of a plan, shape (n_choices,)."""
        start, dose, rounds, gap = self.choices.fields[row].T
        if not plan.starts[row]:
            return np.where(start > 0, 20.0, 0.0)
        level = (dose != plan.doses[row]) | (rounds != plan.rounds[row])
        found: Floats = np.abs(start - plan.starts[row]) + 8.0 * level
        if plan.gaps and self.choices.count > 1:
            found += 2.0 * (gap != plan.gaps[row])
        found[start == 0] = 20.0
        return found

    def plan(self, chosen: Sequence[int]) -> Plan:
        """Return the plan that is chosen."""
        picked = [mine[k] for mine, k in zip(self.choices.options, chosen, strict=True)]
        return Plan(
            tuple(o.start for o in picked), tuple(o.dose for o in picked),
            tuple(o.rounds for o in picked), self.waves,
            tuple(o.gap for o in picked) if self.choices.count > 1 else (),
        )  # fmt: skip

    def _total(self, chosen: Sequence[int]) -> Floats:
        total = np.zeros(len(self.room))
        for load, k in zip(self.load, chosen, strict=True):
            total += load[k]
        return total

    def _allowed(self, row: int, chosen: Sequence[int], total: Floats, but: int = -1) -> Bools:
        """Return which choices of an item keep everything beside the others (``but`` one)."""
        rest = total - self.load[row][chosen[row]]
        if but >= 0:
            rest = rest - self.load[but][chosen[but]]
        found: Bools = (self.load[row] <= self.room - rest + 1e-9).all(axis=1)
        for other in self.choices.linked[row]:
            if other != but:
                found &= self.choices.fits[row, other][:, chosen[other]]
        return found

    def mended(
        self, chosen: Sequence[int], fixed: Collection[int], far: Sequence[Floats]
    ) -> list[int] | None:
        """Return what is chosen with others moved until all constraints are kept; None if not.

        The change that leaves least broken is made, the nearest of them, again and again; then
        what was moved farther than it must be comes back.

        Parameters
        ----------
        fixed : collection of int
            Items that stay as they are.
        far : sequence of array, shape (n_choices,)
            By item, how far each choice is from where it is wished.
        """
        chosen, free = [*chosen], [row for row in self.free if row not in fixed]
        total, moved = self._total(chosen), set[tuple[int, int]]()
        least, since = np.inf, 0
        while since <= _PATIENCE:
            if not self._broken(chosen, total):
                return self._back(chosen, total, free, far)
            best = None
            for row in free:
                cost = 1e4 * self._left(row, chosen, total) + far[row]
                cost[chosen[row]] = np.inf
                cost[[k for r, k in moved if r == row]] = np.inf
                k = int(cost.argmin())
                if np.isfinite(cost[k]) and (best is None or cost[k] < best[0]):
                    best = float(cost[k]), row, k
            if best is None:
                return None
            broken, row, k = best
            least, since = (broken, 0) if broken < least - 100 else (least, since + 1)
            moved.add((row, chosen[row]))
            total = total + self.load[row][k] - self.load[row][chosen[row]]
            chosen[row] = k
        return None

    def _pairs_broken(self, chosen: Sequence[int]) -> list[tuple[int, int]]:
        return [(a, b) for (a, b), fits in self.choices.fits.items()
                if a < b and not fits[chosen[a], chosen[b]]]  # fmt: skip

    def _broken(self, chosen: Sequence[int], total: Floats) -> bool:
        return bool((total > self.room + 1e-9).any()) or bool(self._pairs_broken(chosen))

    def _left(self, row: int, chosen: Sequence[int], total: Floats) -> Floats:
        """Return how much is broken with each choice of an item, shape (n_choices,)."""
        rest = total - self.load[row][chosen[row]] - self.room
        found: Floats = np.maximum(0.0, self.load[row] + rest).sum(axis=1).round(9)
        found += sum(row not in pair for pair in self._pairs_broken(chosen))
        for other in self.choices.linked[row]:
            found += ~self.choices.fits[row, other][:, chosen[other]]
        return found

    def _back(
        self, chosen: list[int], total: Floats, free: Sequence[int], far: Sequence[Floats]
    ) -> list[int]:
        for row in sorted(free, key=lambda row: -float(far[row][chosen[row]])):
            if far[row][chosen[row]] > far[row].min():
                cost = np.where(self._allowed(row, chosen, total), far[row], np.inf)
                k = int(cost.argmin())
                if cost[k] < far[row][chosen[row]]:
                    total = total + self.load[row][k] - self.load[row][chosen[row]]
                    chosen[row] = k
        return chosen

    def improved(self, chosen: Sequence[int], worth: ChoiceWorth) -> list[int]:
        """Return what is worth most near what is chosen, which keeps all constraints.

        For as long as another choice of one item, or of two at once, is worth more.
        """
        chosen = [*chosen]
        while True:
            best = max(self._singles(chosen, worth), default=None, key=_gain)
            if best is None or best[0] <= _NO_GAIN:
                best = max(self._pairs(chosen, worth), default=None, key=_gain)
            if best is None or best[0] <= _NO_GAIN:
                return chosen
            for row, k in best[1]:
                chosen[row] = k

    def steps(self, chosen: Sequence[int], worth: ChoiceWorth, most: int) -> list[list[int]]:
        """Return the choices most worth, one or two items away, the best first.

        Of the same items no more than a few.
        """
        found: list[list[int]] = []
        count = Counter[tuple[int, ...]]()
        moves = [*self._singles(chosen, worth, _ALIKE), *self._pairs(chosen, worth)]
        for _, one in sorted(moves, key=_gain, reverse=True):
            rows = tuple(row for row, _ in one)
            count[rows] += 1
            if count[rows] <= _ALIKE and len(found) < most:
                mine = [*chosen]
                for row, k in one:
                    mine[row] = k
                found.append(mine)
        return found

    def _singles(self, chosen: Sequence[int], worth: ChoiceWorth, most: int = 1) -> Iterator[Move]:
        """Yield the best other choices of each item, and what each gains."""
        total = self._total(chosen)
        for row in self.free:
            gain = worth.of(row, chosen)
            gain = gain - gain[chosen[row]]
            allowed = self._allowed(row, chosen, total)
            allowed[chosen[row]] = False
            for k in _highest(gain, allowed, most):
                yield float(gain[k]), ((row, int(k)),)

    def _pairs(self, chosen: Sequence[int], worth: ChoiceWorth) -> Iterator[Move]:
        """Yield the best other choices of each two items, and what each gains."""
        total = self._total(chosen)
        gains = {row: (mine := worth.of(row, chosen)) - mine[chosen[row]] for row in self.free}
        for one, other in combinations(self.free, 2):
            now = self.load[one][chosen[one]] + self.load[other][chosen[other]]
            rest = self.room - (total - now)
            first, second = (
                _highest(gains[row], self._allowed(row, chosen, total, but), _PAIRED)
                for row, but in ((one, other), (other, one))
            )
            if not first.size or not second.size:
                continue
            both = gains[one][first][:, None] + gains[other][second][None, :]
            both = both + worth.together(one, first, other, second, chosen)
            both[(first == chosen[one])[:, None] | (second == chosen[other])[None, :]] = -np.inf
            if (one, other) in self.choices.fits:
                both[~self.choices.fits[one, other][np.ix_(first, second)]] = -np.inf
            for at in np.argsort(-both, axis=None, kind="stable")[:_LOOKED_AT]:
                a, b = divmod(int(at), len(second))
                load = self.load[one][first[a]] + self.load[other][second[b]]
                if np.isfinite(both[a, b]) and (load <= rest + 1e-9).all():
                    yield float(both[a, b]), ((one, int(first[a])), (other, int(second[b])))
                    break


class ChoiceWorth:
    """What choices are worth: a square function of what is told of each.

    Parameters
    ----------
    parts : list of array, shape (n_choices, w)
        By item, the features of each choice; their widths may differ.
    linear : array, shape (n_features,)
    square : array, shape (n_features, n_features)
        Symmetric.
    """

    def __init__(self, parts: list[Floats], linear: Floats, square: Floats) -> None:
        self.parts, self.linear, self.square = parts, linear, square
        ends = np.cumsum([0, *(part.shape[1] for part in parts)])
        self.at = [slice(a, b) for a, b in pairwise(ends.tolist())]
        self._own = [
            part @ linear[at] + ((part @ square[at, at]) * part).sum(axis=1)
            for part, at in zip(parts, self.at, strict=True)
        ]

    def of(self, row: int, chosen: Sequence[int]) -> Floats:
        """Return what each choice of an item is worth beside the others, shape (n_choices,)."""
        z = np.concatenate([part[k] for part, k in zip(self.parts, chosen, strict=True)])
        z[self.at[row]] = 0.0
        found: Floats = self._own[row] + 2 * self.parts[row] @ (self.square[self.at[row]] @ z)
        return found

    def together(
        self, one: int, mine: NDArray[np.int64], other: int, its: NDArray[np.int64],
        chosen: Sequence[int],
    ) -> Floats:  # fmt: skip
        """Return what two other choices are worth beyond what each is alone, shape (n, m)."""
        first = self.parts[one][mine] - self.parts[one][chosen[one]]
        second = self.parts[other][its] - self.parts[other][chosen[other]]
        found: Floats = 2 * first @ self.square[self.at[one], self.at[other]] @ second.T
        return found


def additive(values: list[Floats]) -> ChoiceWorth:
    """Return what choices are worth, each by itself; shape (n_choices, 1) by item."""
    return ChoiceWorth(values, np.ones(len(values)), np.zeros((len(values), len(values))))


def _weeks(limit: Limit, weeks: int) -> NDArray[np.int64]:
    """Return the weeks, from 0, at which a limit may be exceeded."""
    if not limit.budget:
        return np.arange(weeks)
    ends = [*(week - 2 for week, _ in limit.amounts[1:] if 1 < week <= weeks), weeks - 1]
    return np.unique(ends)


def _highest(value: Floats, allowed: Bools, most: int) -> NDArray[np.int64]:
    """Return the allowed choices of most value, some at most."""
    rows = np.flatnonzero(allowed)
    return rows[np.argsort(-value[rows], kind="stable")[:most]]


def _gain(move: Move) -> float:
    return move[0]
