"""Does ``uptake diagnose`` name what holds a firm back? Asked of firms whose truth is known.

python experiments/firms/diagnose.py [--record] [--firms 40]

Each firm of ``truth.py`` (60 to 400 people, 16 weeks of use) is simulated once under its true
parameters; what each driver holds back in that run in week 16 is the truth. The diagnosis sees
what a consultant would: who there is, what was done, who used the tool, and a pulse that 70% answer
on five steps. It starts from the other sets of the posterior, never from the true one.

Four questions, each of as many firms:

- ``use by team``: use of teams, as an export by team gives it, and no survey;
- ``use and pulse``: use by person, and the pulse; answers differ from firm to firm as
  ``FIRM_SPREAD`` says;
- ``every driver in turn``: as before, but firms are sought in which each of the five is the
  strongest equally often, by answers and weights more extreme than any the posterior holds;
- ``teams shuffled``: as the first, with the names of teams dealt anew: what is said of a team must
  not go with that team's truth.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from truth import FIRMS, WEEKS, Firm, firm

from sim.analysis.diagnosis.causes import FIVE, SURE, Diagnosis, diagnose
from sim.analysis.diagnosis.known import STARTS, known_firm, with_starts
from sim.analysis.diagnosis.pool import FIRM_SPREAD
from sim.case import Case, Record, Records, run_cases
from sim.organisation import Organisation
from sim.outcomes import DRIVERS
from sim.randomness import hash_text
from sim.results.margin import MARGIN
from sim.results.measure import SMALLEST_TEAM

HERE = Path(__file__).resolve().parent
RESULT = HERE / "diagnose.json"
MARK = "<!-- diagnose.py --record writes what follows -->"
ANSWER, STEPS = 0.7, 4
EXTREME, CANDIDATES = 1.5, 1000
WEIGHTS = {
    "visible_mistakes": "b_mistake", "unclear_permission": "b_permission", "job": "b_job",
    "undefined_norm": "b_norm", "manager": "b_manager",
}  # fmt: skip
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Truth:
    """A firm as it is: everybody's start, its parameters, and what happens."""

    base: Firm
    organisation: Organisation
    parameters: NDArray[np.void]
    records: Records

    @property
    def teams(self) -> Floats:
        """What each driver holds back in each team, shape (n_teams, n_drivers)."""
        return self.records.drivers[0, 0, 0, -1].astype(np.float64)

    @property
    def whole(self) -> Floats:
        """The same in the whole firm, of the five."""
        sizes = np.diff(self.organisation.team_start)
        return (sizes @ self.teams / sizes.sum())[: len(FIVE)]


def truth_of(base: Firm, spread: float, turn: int = -1) -> Truth:
    """Return a firm whose medians of answers are ``spread`` logits from the usual ones.

    Parameters
    ----------
    turn : int
        Which of the five is to be the strongest; -1: whichever is.
    """
    rng = np.random.default_rng([base.number, 21])
    for _ in range(1 if turn < 0 else CANDIDATES):
        parameters = base.parameters.copy()
        if turn >= 0:
            for name in WEIGHTS.values():
                parameters[name] *= np.exp(rng.normal(0, EXTREME / 2))
            parameters[WEIGHTS[FIVE[turn]]] *= 2.0
        firm_, starts = base.organisation, {}
        for start, name in STARTS.items():
            middle = float(parameters[name][0])
            logit = np.log(middle / (1 - middle)) + spread * rng.normal()
            own = logit + float(parameters["start_spread"][0]) * rng.normal(size=firm_.n_people)
            starts[start] = 1 / (1 + np.exp(-own))
        if spread > 0:
            firm_ = replace(firm_, start_values=starts)
        case = Case.of(base.scenario, firm_, WEEKS, parameters=parameters)
        seed = np.array([hash_text(f"truth of firm {base.number}")], np.uint64)
        found = Truth(base, firm_, parameters, run_cases([case], seed))
        lead = np.sort(found.whole)
        if turn < 0 or (found.whole.argmax() == turn and lead[-1] > lead[-2] + MARGIN):
            every = Record(teams=("weekly_users", "access"), people=True, drivers=True)
            return replace(found, records=run_cases([case], seed, record=every))
    raise LookupError(f"no firm {base.number} in which {FIVE[turn]} is the strongest")


def seen(truth: Truth, folder: Path, *, persons: bool, shuffled: bool = False) -> Diagnosis:
    """Return the diagnosis from what a consultant would have of a firm."""
    rng = np.random.default_rng([truth.base.number, 22])
    organisation, file = truth.base.organisation, folder / "usage.csv"
    if persons:
        _write_persons(truth, file)
        answered = rng.random(organisation.n_people) < ANSWER
        rows = np.flatnonzero(answered)
        for name, values in truth.organisation.start_values.items():
            steps = np.rint(values[rows] * STEPS) / STEPS
            organisation = _with_answers(organisation, name, rows, steps)
    else:
        names = list(organisation.teams)
        _write_teams(truth, file, list(rng.permutation(names)) if shuffled else names)
    known = known_firm(organisation, usage=file, plan=truth.base.scenario)
    return diagnose(known, truth.base.others, measures=False)


def _with_answers(
    organisation: Organisation, name: str, rows: NDArray[np.intp], values: Floats
) -> Organisation:
    found = with_starts(organisation, rows, **{name: 0.0})
    found.start_values[name][rows] = values
    return found


def _write_persons(truth: Truth, file: Path) -> None:
    assert truth.records.people is not None
    days = truth.records.people[0, 0, 0, :, :, 0]
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["week", "id", "use_days"])
        for week, persons in enumerate(days, 1):
            for name, n in zip(truth.organisation.ids, persons, strict=True):
                rows.writerow([week, name, n])


def _write_teams(truth: Truth, file: Path, names: list[str]) -> None:
    sizes = np.diff(truth.organisation.team_start)
    used = truth.records.of_teams("weekly_users")[0, 0, 0]
    by_size = {name: int(size) for name, size in zip(truth.organisation.teams, sizes, strict=True)}
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["week", "team", "people", "weekly_users"])
        for week, shares in enumerate(used, 1):
            for name, share, size in zip(names, shares, sizes, strict=True):
                if min(size, by_size[name]) >= SMALLEST_TEAM:
                    rows.writerow([week, name, by_size[name], round(float(share) * by_size[name])])


@dataclass
class Score:
    """What was found of one firm."""

    strongest: str
    lead: float
    named: list[str]
    first: float
    tells: bool
    effective: float
    along: float
    inside: float

    @property
    def tie(self) -> bool:
        """Whether the truth is a tie."""
        return self.lead <= MARGIN


def scored(truth: Truth, said: Diagnosis) -> Score:
    """Return how a diagnosis does beside the truth."""
    order = np.argsort(-truth.whole)
    names = [one.name for one in DRIVERS]
    five = {one.name: one for one in said.drivers if one.name in FIVE}
    inside = [five[n].low <= truth.whole[k] <= five[n].high for k, n in enumerate(FIVE)]
    mine = {name: k for k, name in enumerate(truth.organisation.teams)}
    rows = [(mine[team.name], held) for team in said.teams for held in team.drivers
            if held.name in FIVE]  # fmt: skip
    at = np.array([truth.teams[row, names.index(held.name)] for row, held in rows])
    told = np.array([held.mean for _, held in rows])
    which = np.array([names.index(held.name) for _, held in rows])
    for kind in set(which.tolist()):  # apart from what is alike in all teams
        at[which == kind] -= at[which == kind].mean()
        told[which == kind] -= told[which == kind].mean()
    ranked = sorted(five.values(), key=lambda one: -one.first)
    return Score(
        FIVE[order[0]], float(truth.whole[order[0]] - truth.whole[order[1]]),
        [one.name for one in ranked[:2]], ranked[0].first, said.tells,
        said.pool.effective,
        float(np.corrcoef(at, told)[0, 1]), float(np.mean(inside)),
    )  # fmt: skip


def studied(kind: str, numbers: Iterable[int]) -> Iterator[Score]:
    """Yield the scores of firms, by their numbers, of one question."""
    spread = {"use by team": 0.0, "teams shuffled": 0.0, "use and pulse": FIRM_SPREAD}
    with tempfile.TemporaryDirectory() as work:
        for number in numbers:
            turn = number % len(FIVE) if kind == "every driver in turn" else -1
            truth = truth_of(firm(number), spread.get(kind, EXTREME), turn)
            persons = kind in ("use and pulse", "every driver in turn")
            shuffled = kind == "teams shuffled"
            said = seen(truth, Path(work), persons=persons, shuffled=shuffled)
            yield scored(truth, said)


def summed(scores: list[Score]) -> dict[str, Any]:
    """Return the figures of one question."""
    ties = [one for one in scores if one.tie]
    rest = [one for one in scores if not one.tie]
    told = [one for one in scores if one.tells]
    return {
        "firms": len(scores),
        "strongest named first": _share([one.named[0] == one.strongest for one in scores]),
        "strongest among the first two": _share([one.strongest in one.named for one in scores]),
        "the usual two, named without looking": _share([one.strongest in USUAL for one in scores]),
        "ties": len(ties),
        "cannot tell, of ties": _share([not one.tells for one in ties]),
        "tells, of the others": _share([one.tells for one in rest]),
        "right where it tells": _share([one.named[0] == one.strongest for one in told]),
        "probability given to the first": round(float(np.mean([one.first for one in scores])), 3),
        "truth inside 90% intervals": round(float(np.mean([one.inside for one in scores])), 3),
        "correlation with teams' truth": round(float(np.mean([one.along for one in scores])), 3),
        "effective sets": round(float(np.median([one.effective for one in scores]))),
    }


def _share(hits: list[bool]) -> float | None:
    return round(float(np.mean(hits)), 3) if hits else None


KINDS = ("use by team", "use and pulse", "every driver in turn", "teams shuffled")
USUAL = ("undefined_norm", "manager")
"""The drivers that are the strongest most often under the posterior: a guess without looking."""


def main() -> None:
    """Ask, print, and where asked write diagnose.json and the README's table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--kind", choices=KINDS, action="append", help="all by default")
    said = parser.parse_args()
    result: dict[str, Any] = {"sure": SURE, "margin": MARGIN, "questions": {}}
    if RESULT.exists():
        result["questions"] = json.loads(RESULT.read_text("utf-8"))["questions"]
    for kind in said.kind or KINDS:
        result["questions"][kind] = summed(list(studied(kind, range(said.firms))))
        print(kind, result["questions"][kind], flush=True)
        if said.record:
            record(result)


def record(result: dict[str, Any]) -> None:
    """Write diagnose.json and the README's table."""
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    readme = HERE / "README.md"
    before, mark, rest = readme.read_text("utf-8").partition(MARK)
    after = rest[rest.index("\n## ") :] if "\n## " in rest else ""
    readme.write_text(f"{before}{mark}\n\n{shown(result)}{after}", "utf-8")


def shown(result: dict[str, Any]) -> str:
    """Return the table of the README."""
    found = {kind: result["questions"][kind] for kind in KINDS if kind in result["questions"]}
    lines = [f"| | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for name in next(iter(found.values())):
        lines.append(f"| {name} | {' | '.join(_cell(one[name]) for one in found.values())} |")
    return "\n".join([*lines, ""])


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
