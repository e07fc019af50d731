"""What may be chosen for each item where waves are settled, as arrays: mending and improving plans.

The integer program finds plans and proves that there are none. Near a plan, what keeps all
constraints is looked up in arrays, for every choice of every item at once. All arrays have as many
choices for each item as that with most has; what is beyond an item's own is never chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from sim.analysis.plan.check import SLACK
from sim.analysis.plan.layout import Layout, Plan, Waves
from sim.analysis.plan.options import Option, options_of, taken_of
from sim.analysis.plan.problem import Before, Limit

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_PATIENCE = 3
"""Changes in turn that leave no less broken, after which mending a plan is given up."""
_PAIRED = 16
"""Choices of each of two items that are looked at together."""
_LOOKED_AT = 24
"""Changes of two items that are looked at for one that keeps all constraints."""
_ALIKE = 3
"""Changes of the same item that are tried at a time."""
_COMPARED = 200_000
"""Numbers that are compared with what there is at a time."""

_NO_GAIN = 1e-9

_KNOWN = 512
"""Divisions into waves that are remembered."""


class Choices:
    """The choices of every item in a number of waves, so many weeks apart.

    - ``gap``: weeks between the waves of all that has no gaps of its own
    - ``weeks``: start weeks looked at, by item
    - ``frozen``: items that are never moved: those whose places hang on each other in other ways
    """

    def __init__(
        self, layout: Layout, count: int, gap: int, weeks: Sequence[range],
        frozen: Collection[int],
    ) -> None:  # fmt: skip
        self.layout, self.count = layout, count
        items = layout.problem.items
        asked = [(row, count, weeks[row], item.gaps or (gap,)) for row, item in enumerate(items)]
        self.options = [options_of(layout, *one) for one in asked]
        self.possible = bool(self.options) and all(self.options)
        self.at = [{option: k for k, option in enumerate(mine)} for mine in self.options]
        most = max(map(len, self.options), default=0)
        self.fields = np.zeros((len(items), most, 4))
        """Start, dose, rounds and gap of each choice, shape (n_items, n_choices, 4)."""
        self.there = np.zeros((len(items), most), bool)
        for row, mine in enumerate(self.options):
            self.there[row, : len(mine)] = True
            self.fields[row, : len(mine)] = np.reshape(
                [(o.start, o.dose, o.rounds, o.gap) for o in mine], (-1, 4)
            )
        self.free = self.there.copy()
        self.free[[*frozen]] = False
        fits: dict[tuple[int, int], Bools] = {}
        for one in layout.problem.precedence:
            both = fits.get((one.first, one.second), np.True_) & self._ordered(one)
            fits[one.first, one.second], fits[one.second, one.first] = both, both.T
        self.linked = np.array([*fits], np.int64).reshape(-1, 2)
        """Pairs of items of which not all choices are in order, each in both directions."""
        self.fits = np.array([*fits.values()], bool).reshape(len(fits), most, most)
        self.onto = (self.linked[:, :1] == np.arange(len(items))).T.astype(float)
        self._limits = [(one, _weeks(one, layout.weeks)) for one in layout.problem.limits
                        if one.hard and self.possible]  # fmt: skip
        self._active = [[self._padded(taken_of(layout, limit, *one)[:, :, at]) for one in asked]
                        for limit, at in self._limits]  # fmt: skip
        self._settled: dict[Waves, Settled] = {}

    def _ordered(self, one: Before) -> Bools:
        """Return which choices of two items are in order, wave by wave."""
        before, after = (self._waves(row) for row in (one.first, one.second))
        if after.shape[1] < before.shape[1]:
            before = before[:, -1:]
        last = before.shape[1] - 1
        over = before[:, [min(w, last) for w in range(after.shape[1])]]
        over = over + self.layout.problem.items[one.first].round_weeks
        apart = after[None, :, :] - over[:, None, :]
        most = np.inf if one.most is None else one.most
        out = self.fields[:, :, 0] == 0
        fits: Bools = np.all((apart >= one.lag) & (apart <= most), axis=2)
        fits |= out[one.first][:, None]
        fits |= out[one.second][None, :]
        return fits

    def _waves(self, row: int) -> Floats:
        """Return the start of each wave by choice, shape (n_choices, n_waves)."""
        found = np.zeros((self.there.shape[1], len(self.layout.offsets(row, self.count, 0))))
        for k, o in enumerate(self.options[row]):
            found[k] = [o.start + by for by in self.layout.offsets(row, self.count, o.gap)]
        return found

    def _padded(self, taken: Floats) -> Floats:
        """Return what is taken by wave, week and choice, shape (n_waves, k * n_choices)."""
        found = np.zeros((len(taken), taken.shape[2], self.there.shape[1]))
        found[:, :, : taken.shape[1]] = taken.transpose(0, 2, 1)
        return found.reshape(len(taken), -1)

    def under(self, waves: Waves) -> Settled:
        """Return the choices under waves that are settled."""
        if waves not in self._settled:
            if len(self._settled) >= _KNOWN:
                self._settled.clear()
            shape = len(self.options), -1, self.there.shape[1]
            loads, rooms = [np.zeros((0, *self.there.shape))], [np.zeros(0)]
            for (limit, weeks), active in zip(self._limits, self._active, strict=True):
                room = self.layout.there_is(limit)[weeks] + SLACK
                unit = max(float(room.max()), 1.0)
                each = self.layout.amounts(limit.name, waves, limit.group)
                load = np.array([np.dot(amounts[: len(its)], its) for amounts, its
                                 in zip(each, active, strict=True)])  # fmt: skip
                loads.append(load.reshape(shape).transpose(1, 0, 2) / unit)
                rooms.append(room / unit)
            self._settled[waves] = Settled(
                self, waves, np.concatenate(loads), np.concatenate(rooms)
            )
        return self._settled[waves]


class Settled:
    """The choices of every item under waves that are settled.

    What is chosen is the number of a choice by item, shape (n_items,).

    - ``load``, shape (k, n_items, n_choices): what each choice takes of every limit, in parts of
      what there is
    - ``room``, shape (k,)
    """

    def __init__(self, choices: Choices, waves: Waves, load: Floats, room: Floats) -> None:
        self.choices, self.waves = choices, waves
        self.there = choices.there & (load <= room[:, None, None]).all(axis=0)
        """Choices that are within all limits by themselves, shape (n_items, n_choices)."""
        self.free = self.there & choices.free
        most = np.where(self.there, load, 0.0).max(axis=2).sum(axis=1)
        tight = most > room  # what else there is, no choices together can exceed
        self.load, self.room = load[tight], room[tight]
        self._rows = np.arange(len(choices.options))
        self.pairs = np.array([*combinations(np.flatnonzero(self.free.any(axis=1)), 2)], int)
        self.pairs = self.pairs.reshape(-1, 2)

    @property
    def possible(self) -> bool:
        """Whether each item has a choice within all limits."""
        return bool(self.there.any(axis=1).all())

    def chosen(self, plan: Plan) -> Ints:
        """Return what a plan chooses, or what is nearest to it."""
        found, far = np.zeros(len(self._rows), np.int64), None
        for row, at in enumerate(self.choices.at):
            gap = plan.gaps[row] if plan.gaps and self.choices.count > 1 else 0
            mine = at.get(Option(plan.starts[row], plan.doses[row], plan.rounds[row], gap))
            if mine is None or not self.there[row, mine]:
                far = self.far(plan) if far is None else far
                mine = int(far[row].argmin())
            found[row] = mine
        return found

    def far(self, plan: Plan) -> Floats:
        """Return how far each choice is from a plan's, shape (n_items, n_choices)."""
        start, dose, rounds, gap = np.moveaxis(self.choices.fields, 2, 0)
        its = np.array(plan.starts, float)[:, None]
        level = (dose != np.array(plan.doses)[:, None]) | (rounds != np.array(plan.rounds)[:, None])
        found: Floats = np.abs(start - its) + 8.0 * level
        if plan.gaps and self.choices.count > 1:
            found += 2.0 * (gap != np.array(plan.gaps)[:, None])
        found[(start == 0) != (its == 0)] = 20.0
        found[(start == 0) & (its == 0)] = 0.0
        found[~self.there] = np.inf
        return found

    def plan(self, chosen: Ints) -> Plan:
        """Return the plan that is chosen."""
        picked = [mine[k] for mine, k in zip(self.choices.options, chosen.tolist(), strict=True)]
        return Plan(
            tuple(o.start for o in picked), tuple(o.dose for o in picked),
            tuple(o.rounds for o in picked), self.waves,
            tuple(o.gap for o in picked) if self.choices.count > 1 else (),
        )  # fmt: skip

    def costing(self, cost: Callable[[int, Option], float]) -> ChoiceWorth:
        """Return what choices are worth that cost something, each by itself."""
        values = np.zeros(self.choices.there.shape)
        for row, mine in enumerate(self.choices.options):
            values[row, : len(mine)] = [-cost(row, option) for option in mine]
        return additive(values)

    def _beside(self, chosen: Ints) -> tuple[Floats, Bools]:
        """Return what is chosen takes by item, and with what the choices of each item clash.

        Shapes (k, n_items) and (n_linked, n_choices).
        """
        choices = self.choices
        clash: Bools = ~choices.fits[
            np.arange(len(choices.linked)), :, chosen[choices.linked[:, 1]]
        ]
        return self.load[:, self._rows, chosen], clash

    def mended(self, chosen: Ints, fixed: Collection[int], far: Floats) -> Ints | None:
        """Return what is chosen with others moved until all constraints are kept; None if not.

        The change that leaves least broken is made, the nearest of them, again and again; then
        what was moved farther than it must be comes back.

        - ``fixed``: items that stay as they are
        - ``far``, shape (n_items, n_choices): how far each choice is from where it is wished
        """
        chosen, may = chosen.copy(), self.free.copy()
        may[[*fixed]] = False
        least, since, moved = np.inf, 0, may.copy()
        while since <= _PATIENCE:
            left = self._left(chosen)
            if left[self._rows, chosen].max() <= 0:
                return self._back(chosen, may, far)
            cost = np.where(moved, 1e4 * left + far, np.inf)
            cost[self._rows, chosen] = np.inf
            row, k = divmod(int(cost.argmin()), cost.shape[1])
            if not np.isfinite(cost[row, k]):
                return None
            broken = float(cost[row, k])
            least, since = (broken, 0) if broken < least - 100 else (least, since + 1)
            moved[row, chosen[row]] = False
            chosen[row] = k
        return None

    def early(self) -> Ints | None:
        """Return everything that can be had, as early as is found; None if nothing is found."""
        start, dose = self.choices.fields[:, :, 0], self.choices.fields[:, :, 1]
        late = np.where(start > 0, start, 20.0) - dose
        late[~self.there] = np.inf
        return self.mended(late.argmin(axis=1), (), late)

    def _left(self, chosen: Ints) -> Floats:
        """Return how much is broken with each choice, shape (n_items, n_choices)."""
        now, clash = self._beside(chosen)
        over = self.load + (now.sum(axis=1, keepdims=True) - self.room[:, None] - now)[:, :, None]
        found: Floats = np.maximum(0.0, over, out=over).sum(axis=0).round(9)
        linked = self.choices.linked
        if len(linked):
            broken = clash[np.arange(len(linked)), chosen[linked[:, 0]]]
            found += self.choices.onto @ clash
            found += (broken.sum() / 2 - self.choices.onto @ broken)[:, None]
        return found

    def _back(self, chosen: Ints, may: Bools, far: Floats) -> Ints:
        off = far[self._rows, chosen]
        for row in np.argsort(-np.where(may.any(axis=1), off, 0.0), kind="stable"):
            if may[row].any() and off[row] > far[row].min():
                allowed = self._allowed(chosen)[row]
                k = int(np.where(allowed, far[row], np.inf).argmin())
                if allowed[k] and far[row, k] < off[row]:
                    chosen[row] = k
        return chosen

    def _allowed(self, chosen: Ints) -> Bools:
        """Return which choices of each item keep everything beside the others."""
        now, clash = self._beside(chosen)
        room = self.room[:, None] + 1e-9 - now.sum(axis=1, keepdims=True) + now
        found: Bools = self.there & (self.load <= room[:, :, None]).all(axis=0)
        if len(clash):
            found &= self.choices.onto @ clash == 0
        return found

    def improved(self, chosen: Ints, worth: ChoiceWorth) -> Ints:
        """Return what is worth most near what is chosen, which keeps all constraints.

        For as long as another choice of one item, or of two at once, is worth more.
        """
        chosen = chosen.copy()
        while True:
            gains = worth.gains(chosen)
            one = np.where(self._may(chosen), gains, -np.inf)
            row, k = divmod(int(one.argmax()), one.shape[1])
            if one[row, k] > _NO_GAIN:
                chosen[row] = k
                continue
            gain, rows, both = self._pairs(chosen, worth, gains, _NO_GAIN)
            if not gain.size:
                return chosen
            best = int(gain.argmax())
            chosen[rows[best]] = both[best]

    def steps(self, chosen: Ints, worth: ChoiceWorth, most: int) -> list[Ints]:
        """Return the choices most worth, one or two items away, the best first.

        Of one item no more than a few, of two no more than one.
        """
        gains = worth.gains(chosen)
        one = np.where(self._may(chosen), gains, -np.inf)
        few = np.argsort(-one, axis=1, kind="stable")[:, :_ALIKE]
        found = [(one[row, k], [row], [k]) for row in self._rows for k in few[row]
                 if np.isfinite(one[row, k])]  # fmt: skip
        found += zip(*self._pairs(chosen, worth, gains, -np.inf), strict=True)
        found.sort(key=lambda move: -move[0])
        moved = [chosen.copy() for _ in found[:most]]
        for mine, (_, rows, ks) in zip(moved, found, strict=False):
            mine[rows] = ks
        return moved

    def _may(self, chosen: Ints) -> Bools:
        """Return what one item may change to."""
        found = self._allowed(chosen) & self.free
        found[self._rows, chosen] = False
        return found

    def _pairs(
        self, chosen: Ints, worth: ChoiceWorth, gains: Floats, least: float
    ) -> tuple[Floats, Ints, Ints]:
        """Return the best other choices of each two items that gain more than ``least``.

        Returns
        -------
        gain : array, shape (n,)
        rows, choices : int64 array, shape (n, 2)
        """
        choices, (a, b) = self.choices, self.pairs.T
        now, clash = self._beside(chosen)
        total = now.sum(axis=1, keepdims=True)
        few = min(_PAIRED, gains.shape[1])
        over = self.load - (self.room[:, None] + 1e-9 - total + now)[:, :, None]
        best = np.zeros((len(chosen), len(chosen), few), int)  # of each, beside all but another
        value = np.zeros(best.shape)
        several = max(1, _COMPARED // max(self.load.size, 1))
        for first in range(0, len(chosen), several):
            but = self._rows[first : first + several]
            allowed = (over[:, None] <= now[:, but, None, None]).all(axis=0) & self.free
            if len(clash):
                others = clash & (choices.linked[:, 1] != but[:, None])[:, :, None]
                allowed &= choices.onto @ others == 0
            allowed[:, self._rows, chosen] = False
            mine = np.where(allowed, gains, -np.inf)
            best[but] = np.argpartition(-mine, few - 1, axis=2)[:, :, :few]
            value[but] = mine[np.arange(len(but))[:, None, None], self._rows[:, None], best[but]]
        one, other = best[b, a], best[a, b]
        both = value[b, a][:, :, None] + value[a, b][:, None, :]
        both += worth.together(a, one, b, other, chosen)
        for k, (before, after) in enumerate(choices.linked):
            for pair in np.flatnonzero((a == before) & (b == after)):
                both[pair][~choices.fits[k][one[pair][:, None], other[pair]]] = -np.inf
        both = both.reshape(len(a), few * few)
        at = np.flatnonzero(both.max(axis=1, initial=-np.inf) > least)
        a, b, one, other, both = a[at], b[at], one[at], other[at], both[at]
        row, most = np.arange(len(a))[:, None], min(_LOOKED_AT, few * few)
        top = np.argpartition(-both, most - 1, axis=1)[:, :most]
        one, other, gain = one[row, top // few], other[row, top % few], both[row, top]
        load = self.load[:, a[:, None], one] + self.load[:, b[:, None], other]
        room = self.room[:, None] + 1e-9 - total + now[:, a] + now[:, b]
        gain[~(load <= room[:, :, None]).all(axis=0)] = -np.inf
        most_worth = gain.argmax(axis=1)[:, None]
        gain = gain[row, most_worth][:, 0]
        ks = np.concatenate([one[row, most_worth], other[row, most_worth]], axis=1)
        kept = gain > least
        return gain[kept], self.pairs[at][kept], ks[kept]


class ChoiceWorth:
    """What choices are worth: a square function of what is told of each.

    - ``parts``, shape (n_items, n_choices, w): the features of each choice
    - ``linear``, shape (n_items * w,)
    - ``square``, shape (n_items * w, n_items * w): symmetric
    """

    def __init__(self, parts: Floats, linear: Floats, square: Floats) -> None:
        count, _, width = parts.shape
        self.parts, self._whole = parts, square
        self.square = square.reshape(count, width, count, width)
        rows = np.arange(count)
        self._within = self.square[rows, :, rows]
        self._own = (parts @ linear.reshape(count, width, 1))[:, :, 0]
        self._own += ((parts @ self._within) * parts).sum(axis=2)

    def gains(self, chosen: Ints) -> Floats:
        """Return what each choice gains in place of an item's own, shape (n_items, n_choices)."""
        rows = np.arange(len(chosen))
        z = self.parts[rows, chosen]
        pull = (self._whole @ z.ravel()).reshape(z.shape)
        pull -= (self._within @ z[:, :, None])[:, :, 0]
        found = self._own + 2 * (self.parts @ pull[:, :, None])[:, :, 0]
        found -= found[rows, chosen][:, None]
        return found

    def together(self, one: Ints, mine: Ints, other: Ints, its: Ints, chosen: Ints) -> Floats:
        """Return what two other choices are worth beyond what each gains alone.

        Shape (n_pairs, n, m).

        - ``one``, ``other``, shape (n_pairs,): items
        - ``mine``, ``its``, shape (n_pairs, n) and (n_pairs, m): choices of them
        """
        first = self.parts[one[:, None], mine] - self.parts[one, chosen[one]][:, None]
        second = self.parts[other[:, None], its] - self.parts[other, chosen[other]][:, None]
        return 2 * first @ self.square[one, :, other] @ second.transpose(0, 2, 1)


def additive(values: Floats) -> ChoiceWorth:
    """Return what choices are worth, each by itself; shape (n_items, n_choices)."""
    count = len(values)
    return ChoiceWorth(values[:, :, None], np.ones(count), np.zeros((count, count)))


def _weeks(limit: Limit, weeks: int) -> Ints:
    """Return the weeks, from 0, at which a limit may be exceeded."""
    if not limit.budget:
        return np.arange(weeks)
    ends = [*(week - 2 for week, _ in limit.amounts[1:] if 1 < week <= weeks), weeks - 1]
    return np.unique(ends)
