"""Made-up organisations: teams, managers and ties drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.organisation.organisation import Organisation, TieKind, Ties
from sim.organisation.people import draw_values, natural
from sim.organisation.settings import Template, TieSettings
from sim.organisation.ties import DEFAULT_KIND, team_managers, tie_flags
from sim.randomness import hash_text
from sim.state import PEOPLE, VALUES
from sim.tables import Note

SMALLEST_TOP = 4  # people in the leadership team, with its own staff


def template(n_people: int = 240, seed: int = 1, **changes: Any) -> Organisation:
    """Return a made-up organisation.

    The same to the bit for the same arguments. Raises pydantic.ValidationError where a field is
    unknown or out of range.

    - ``seed``: 0 is a seed as good as any.
    - ``**changes``: other fields of ``Template``, such as ``span={"low": 4, "high": 8}``.
    """
    return generate(Template.model_validate({"n_people": n_people, "seed": seed, **changes}))


def generate(settings: Template) -> Organisation:
    """Return the organisation a template describes.

    Managers of teams sit in their team; managers above them sit with their peers in a
    leadership team led by their common manager. Ties are dense within a team, fewer to
    neighbouring teams (those under the same higher manager) and few to anywhere; whom a
    tie goes to is chosen in proportion to a lognormal attractiveness, so that some people
    are listened to far more.
    """
    rng = np.random.default_rng(settings.seed)
    plan = _plan(settings)
    people, roles = _people(settings, plan, rng)
    source, target = _pairs(settings, plan, people, rng)
    ties = _ties(settings, people, source, target)
    n = settings.n_people
    width = max(3, len(str(n)))
    ids = np.array([f"p{row:0{width}d}" for row in range(1, n + 1)], np.dtypes.StringDType())
    people["key"] = [hash_text(person) for person in ids]
    values = draw_values(people["key"], settings.values, settings.seed)
    for column, value in enumerate(VALUES):
        people[value] = values[:, column]
    return Organisation(
        name=settings.name, people=people, ids=ids, teams=plan.teams, roles=roles,
        team_start=plan.start, team_manager=team_managers(people, len(plan.teams)), ties=ties,
        kinds=(TieKind(DEFAULT_KIND, 1.0, False, ties.weight),),
        notes=(Note(f"made up from a template, seed {settings.seed}: no real organisation"),),
        made_up=True,
    )  # fmt: skip


@dataclass(frozen=True)
class _Plan:
    """Teams in canonical order, and who leads them."""

    teams: tuple[str, ...]
    start: Ints
    """Shape (n_teams + 1,)."""
    department: Ints
    """Row of the department; -1 for leadership. Shape (n_teams,)."""
    leads: tuple[Ints, ...]
    """Rows of the managers of each management level, those of teams first, the top last."""
    boss: tuple[Ints, ...]
    """For each of them, the position of their manager on the next level."""


def _management(n_teams: int, settings: Template) -> list[int]:
    """Return how many managers stand on each level, from teams' managers to the top."""
    counts = [n_teams]
    span = settings.upper_span
    while counts[-1] > 1:
        above = 1 if counts[-1] <= span.high else -(-2 * counts[-1] // (span.low + span.high))
        counts.append(max(1, above) if above < counts[-1] else 1)
    return counts


def _outside_teams(counts: list[int]) -> int:
    """Return how many people stand in leadership teams."""
    if len(counts) == 1:
        return 0
    second = counts[-2] if len(counts) > 2 else 0
    return sum(counts[1:]) + max(0, SMALLEST_TOP - second - 1)


def _plan(settings: Template) -> _Plan:
    n, span = settings.n_people, settings.span
    mean = (span.low + span.high) / 2 + 1
    n_teams = max(1, round(n / mean))
    while n_teams > 1:
        within = n - _outside_teams(_management(n_teams, settings))
        if within >= n_teams * (span.low + 1):
            break
        n_teams -= 1
    counts = _management(n_teams, settings)
    within = n - _outside_teams(counts)
    rng = np.random.default_rng((settings.seed, 1))
    sizes = _sizes(within, n_teams, settings, rng)

    share = np.array([department.share for department in settings.departments])
    edges = np.cumsum(share / share.sum())
    of_team = np.minimum(
        np.searchsorted(edges, (np.arange(n_teams) + 0.5) / n_teams), len(edges) - 1
    )
    names = _team_names(of_team, settings)
    leadership, members = _leadership(counts)
    order = sorted(range(len(names)), key=lambda team: natural(names[team]))
    everything = [names[team] for team in order] + leadership
    place = sorted(range(len(everything)), key=lambda team: natural(everything[team]))
    size = np.concatenate([sizes, members])[place]
    department = np.concatenate([of_team[order], np.full(len(members), -1)])[place]
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    position = np.empty(len(place), np.int64)
    position[place] = np.arange(len(place))
    leads, boss = _leads(counts, start, position)
    return _Plan(tuple(everything[team] for team in place), start, department, leads, boss)


def _sizes(within: int, n_teams: int, settings: Template, rng: np.random.Generator) -> Ints:
    """Return sizes of teams, their manager counted, that sum to ``within``."""
    low, high = settings.span.low + 1, settings.span.high + 1
    sizes = rng.integers(low, high + 1, n_teams)
    while (missing := within - int(sizes.sum())) != 0:
        step = 1 if missing > 0 else -1
        free = np.flatnonzero(sizes < high if step > 0 else sizes > low)
        if not len(free):
            free = np.arange(n_teams)
        sizes[rng.permutation(free)[: abs(missing)]] += step
    return sizes


def _team_names(of_team: Ints, settings: Template) -> list[str]:
    """Return names such as Sales North, Sales North 2, and Legal where it is the only one."""
    names: list[str] = []
    sites = settings.sites
    for row, department in enumerate(settings.departments):
        count = int((of_team == row).sum())
        spread = min(count, len(sites))
        block = -(-count // spread) if spread else 1
        for team in range(count):
            site, number = divmod(team, block)
            name = department.name if count == 1 else f"{department.name} {sites[site]}"
            names.append(name if number == 0 else f"{name} {number + 1}")
    return names


def _leadership(counts: list[int]) -> tuple[list[str], Ints]:
    """Return the names and sizes of leadership teams, the top one last."""
    names: list[str] = []
    members: list[int] = []
    for level in range(1, len(counts) - 1):
        is_top = level == len(counts) - 2
        parents = _parents(counts[level], counts[level + 1])
        for parent, size in enumerate(np.bincount(parents).tolist()):
            names.append("Leadership" if is_top else f"Leadership {level}-{parent + 1}")
            members.append(size)
    if len(counts) == 2:
        names, members = ["Leadership"], [0]
    if members:
        members[-1] = max(members[-1] + 1, SMALLEST_TOP)
    return names, np.array(members, np.int64)


def _parents(n_below: int, n_above: int) -> Ints:
    return np.arange(n_below, dtype=np.int64) * n_above // n_below


def _leads(
    counts: list[int], start: Ints, position: Ints
) -> tuple[tuple[Ints, ...], tuple[Ints, ...]]:
    """Return rows of managers by level, and the position of each one's manager above."""
    n_teams = counts[0]
    leads = [start[position[:n_teams]]]
    boss: list[Ints] = []
    team = n_teams
    for level in range(1, len(counts)):
        boss.append(_parents(counts[level - 1], counts[level]))
        if level == len(counts) - 1:
            leads.append(start[position[-1:]])
            break
        parents = _parents(counts[level], counts[level + 1])
        first = np.searchsorted(parents, parents)
        within = np.arange(counts[level]) - first
        is_top = level == len(counts) - 2
        leads.append(start[position[team + parents]] + within + int(is_top))
        team += counts[level + 1]
    return tuple(leads), tuple(boss)


def _people(
    settings: Template, plan: _Plan, rng: np.random.Generator
) -> tuple[NDArray[np.void], tuple[str, ...]]:
    """Return people without ids, and the roles that somebody has."""
    n = settings.n_people
    people = np.zeros(n, PEOPLE)
    team = np.repeat(np.arange(len(plan.teams)), np.diff(plan.start))
    people["team"] = team
    top = int(plan.leads[-1][0])
    manager = np.full(n, top, np.int64)  # staff of the leadership team report to the top
    of_department = plan.department[team] >= 0
    manager[of_department] = plan.start[team[of_department]]
    depth = len(plan.leads)
    level = np.full(n, depth + 1, np.int64)
    level[~of_department] = 2
    names = sorted(settings.roles, key=natural)
    role = _roles(settings, plan, team, names, rng)
    for height, rows in enumerate(plan.leads):
        level[rows] = depth - height
        role[rows] = names.index(
            settings.manager_role if height == 0 and depth > 1 else settings.executive_role
        )
        if height + 1 < depth:
            manager[rows] = plan.leads[height + 1][plan.boss[height]]
    manager[top] = -1
    used, person_role = np.unique(role, return_inverse=True)
    people["manager"], people["level"], people["role"] = manager, level, person_role
    base = np.array([settings.roles[name].task_potential for name in names])
    own = base[role] + settings.role_spread * rng.standard_normal(n)
    people["task_potential"] = np.clip(own, 0.0, 1.0)
    return people, tuple(names[row] for row in used.tolist())


def _roles(
    settings: Template, plan: _Plan, team: Ints, names: list[str], rng: np.random.Generator
) -> Ints:
    u = rng.random(len(team))
    role = np.full(len(team), names.index(settings.manager_role))
    department = plan.department[team]
    for row, declared in enumerate(settings.departments):
        members = np.flatnonzero(department == row)
        share = np.array(list(declared.roles.values()))
        drawn = np.searchsorted(np.cumsum(share / share.sum())[:-1], u[members], side="right")
        role[members] = np.array([names.index(name) for name in declared.roles])[drawn]
    return role


def _pairs(
    settings: Template, plan: _Plan, people: NDArray[np.void], rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Draw who listens to whom; each pair once, ascending."""
    team = people["team"].astype(np.int64)
    own = (plan.start[team], plan.start[team + 1])
    near = _neighbourhood(plan, team)
    return _drawn(rng, settings.ties, own, near, people["manager"].astype(np.int64))


def _drawn(
    rng: np.random.Generator, how: TieSettings, own: tuple[Ints, Ints], near: tuple[Ints, Ints],
    manager: Ints,
) -> tuple[Ints, Ints]:  # fmt: skip
    """Draw pairs: from each person to rows of the own team, of neighbouring ones, of anybody."""
    n = len(manager)
    attraction = np.concatenate([[0.0], np.cumsum(rng.lognormal(0.0, how.attractiveness, n))])
    everybody = (np.zeros(n, np.int64), np.full(n, n))
    drawn = [
        _listen(rng, attraction, low, high, mean)
        for mean, (low, high) in ((how.within, own), (how.near, near), (how.far, everybody))
    ]
    back = rng.random(len(drawn[0][0])) < how.reciprocity
    drawn.append((drawn[0][1][back], drawn[0][0][back]))
    managed = (manager >= 0) & (rng.random(n) < how.to_manager)
    drawn.append((np.arange(n)[managed], manager[managed]))
    source = np.concatenate([pair[0] for pair in drawn])
    target = np.concatenate([pair[1] for pair in drawn])
    pair = np.unique(source[source != target] * n + target[source != target])
    return pair // n, pair % n


def made_up_ties(
    organisation: Organisation, seed: int = 1, how: TieSettings | None = None
) -> list[tuple[str, str, float]]:
    """Return ties for people of whom only teams and managers are known, drawn by a template's rule.

    Many within the team, some to teams whose manager has the same manager, few to anywhere, and to
    one's own manager; see ``generate``. No measurement of anybody. Who listens, to whom, and the
    weight.
    """
    rng, how = np.random.default_rng(seed), how or TieSettings()
    people, n = organisation.people, organisation.n_people
    lead = organisation.team_manager
    above = np.where(lead >= 0, people["manager"][np.maximum(lead, 0)], -1)
    group = np.where(above >= 0, above, -1 - np.arange(len(above)))
    order = np.argsort(group, kind="stable")  # teams under one higher manager side by side
    sizes = np.diff(organisation.team_start)
    rows = np.concatenate([
        np.arange(organisation.team_start[team], organisation.team_start[team + 1])
        for team in order.tolist()
    ])  # fmt: skip
    team = np.repeat(np.arange(len(order)), sizes[order])
    ends = np.concatenate([[0], np.cumsum(sizes[order])])
    first = np.searchsorted(group[order], group[order], side="left")
    last = np.searchsorted(group[order], group[order], side="right")
    manager = people["manager"].astype(np.int64)
    place = np.empty(n, np.int64)
    place[rows] = np.arange(n)
    boss = np.where(manager[rows] >= 0, place[np.maximum(manager[rows], 0)], -1)
    near = ends[first[team]], ends[last[team]]
    source, target = _drawn(rng, how, (ends[team], ends[team + 1]), near, boss)
    own = (team[source] == team[target]) | (boss[source] == target)
    weight = np.where(own, 1.0, how.across_weight)
    ids = [str(one) for one in organisation.ids[rows]]
    return [
        (ids[one], ids[other], w)
        for one, other, w in zip(source.tolist(), target.tolist(), weight.tolist(), strict=True)
    ]


def _listen(
    rng: np.random.Generator, attraction: Floats, low: Ints, high: Ints, mean: float
) -> tuple[Ints, Ints]:
    """Draw ties from everybody to people in rows ``low`` to ``high``, by attractiveness."""
    source = np.repeat(np.arange(len(low)), rng.poisson(mean, len(low)))
    least, most = attraction[low[source]], attraction[high[source]]
    point = least + rng.random(len(source)) * (most - least)
    target = np.searchsorted(attraction, point, side="right") - 1
    return source, np.clip(target, low[source], high[source] - 1)


def _neighbourhood(plan: _Plan, team: Ints) -> tuple[Ints, Ints]:
    """Return for each person the rows of the teams under the same higher manager."""
    n_teams = len(plan.teams)
    low, high = np.arange(n_teams), np.arange(n_teams) + 1
    if len(plan.leads) > 1:
        led = np.searchsorted(plan.start, plan.leads[0], side="right") - 1
        group = plan.boss[0]
        first = np.full(int(group.max()) + 1, n_teams)
        last = np.zeros(int(group.max()) + 1, np.int64)
        np.minimum.at(first, group, led)
        np.maximum.at(last, group, led + 1)
        low[led], high[led] = first[group], last[group]
    return plan.start[low[team]], plan.start[high[team]]


def _ties(settings: Template, people: NDArray[np.void], source: Ints, target: Ints) -> Ties:
    n, team = len(people), people["team"]
    own = (team[source] == team[target]) | (people["manager"][source] == target)
    raw = np.where(own, 1.0, settings.ties.across_weight)
    weight = raw / np.bincount(source, weights=raw, minlength=n)[source]
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=n), out=start[1:])
    flags = tie_flags(people, source, target.astype(np.uint32), np.zeros(len(source), np.bool_))
    return Ties(start, target.astype(np.uint32), weight, flags)
