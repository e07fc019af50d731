"""Tables of people, of ties, of measured use and of parameter sets; exports of other tools."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from kinds.forms import both_ways, by_week, dates, other_teams
from kinds.odd import CELLS, NO_NUMBERS, Odd, evenly, held, mutate
from kinds.table import NoRoomError, Rows, Table, one_of
from kinds.tables import ANYTHING, FAULT, FORM, tables
from sim.analysis.firm.observed import read_usage
from sim.importing.importer import Options, import_files
from sim.organisation import Organisation
from sim.organisation.load import load_bytes
from sim.organisation.write import organisation_hash
from sim.parameters import PARAMETERS
from sim.posterior import read_sets
from sim.tables import MemoryFile

# ------------------------------------------------------------------------ people and ties


def same_person(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Name a person twice, perhaps in a form that looks the same."""
    ids, people = rows[0].index("id"), rows[1:]
    row = list(draw(st.sampled_from(people)))
    name = row[ids]
    alike = [name, name.replace(" ", "\u00a0"), f"{name}\u200b", name.replace("p", "\u0440")]
    row[ids] = draw(st.sampled_from(alike))
    rows.append(row)


def no_boss(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Let somebody report to nobody who is there, to themselves, or in a circle."""
    boss, ids = one_of(draw, table.at(rows, frozenset({"manager_id"}))), rows[0].index("id")
    first, second = rows[1], rows[2]
    which = draw(st.sampled_from(["stranger", "self", "circle"]))
    first[boss] = {"stranger": "zz-9", "self": first[ids], "circle": second[ids]}[which]
    if which == "circle":
        second[boss] = first[ids]


def no_id(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Leave out who a row is about, or name them at endless length."""
    row = draw(st.sampled_from(rows[1:]))
    row[rows[0].index("id")] = draw(st.sampled_from(["", " ", "\u00a0", "x" * 5000]))
    if len(row) == 1:
        raise NoRoomError


PEOPLE = Table(
    right=[
        "id,team,manager_id,role,level,task_potential,start_trust\n"
        "p1,T1,,lead,2,0.5,0.2\np2,T1,p1,clerk,1,0.3,\np3,T2,p1,clerk,1,,0.9",
        "id,team,value_family,considers,threshold\np1,T1,0.1,yes,2\np2,T1,0.2,no,0.5\np3,T1,,,",
        "id,level,threshold,team\np1,1,1250.5,T1\np2,2,2000,T1\np3,2,0.25,T2",
        "id\np1\np2\np3",
    ],
    known=["id", "team", "manager_id", "role", "level", "task_potential", "start_trust",
           "threshold", "value_family", "considers", "parentid", "department"],
    numbers=frozenset(
        {"level", "task_potential", "start_trust", "value_family", "considers", "threshold"}
    ),
    people=frozenset({"manager_id"}),
    required=("id",),
    forms=(other_teams,),
    faults=(same_person, no_boss, no_id),
)  # fmt: skip
TIES = Table(
    right=[
        "source,target\np1,p2\np2,p1\np3,p1",
        "source,target,kind,weight\np1,p2,advice,1\np1,p2,friendship,0.5\np3,p1,advice,2",
        "Source,Target,Type,Weight\np1,p2,Undirected,3\np2,p3,Directed,1",
        "source,target,week,weight\np1,p2,1,2\np1,p2,2,3\np3,p2,1,1",
        "source,target,weight\np1,p2,1250.5\np2,p1,0.5\np3,p1,2000\np1,p3,12",
    ],
    known=["source", "target", "kind", "weight"],
    numbers=frozenset({"weight"}),
    people=frozenset({"source", "target"}),
    required=("source", "target"),
    forms=(both_ways, by_week),
)
NAMES = [
    ("p1", "p2", "p3"), ("p1", "p2", "p3"), ("Ren\u00e9", "Anna \u00d6z", "Bo-2"),
    ("007", "08", "1234"), ("@ann", "=bob", "-cy"), ("a.b@x.org", "C.D@x.org", "e@x.org"),
]  # fmt: skip
"""Who p1, p2 and p3 may be."""


@st.composite
def companies(draw: st.DrawFn) -> Odd:
    """Return tables of people and of ties."""
    names = evenly(draw, NAMES)
    how = evenly(draw, [(FORM, FAULT), *[(FORM, FORM)] * 3, (ANYTHING,) * 2, *[(FAULT, FORM)] * 2])
    people, ties = (
        draw(tables(table, names, one)) for table, one in zip((PEOPLE, TIES), how, strict=True)
    )
    whole = people.plain is not None and ties.plain is not None
    return Odd(
        (people.data, ties.data),
        (people.plain, ties.plain) if whole else None,
        people.fault or ties.fault,
        (*people.noted, *ties.noted) if whole else (),
    )


def people(_: Path, odd: Odd) -> None:
    made: Organisation | None = held(
        odd,
        lambda two: load_bytes(*two, name="odd"),
        lambda made: organisation_hash(replace(made, columns={}, tie_columns={})),
        lambda made: made.notes,
    )
    if made is None:
        return
    assert len({*made.ids}) == made.n_people > 0
    assert np.isfinite(made.ties.weight).all()
    for field in (made.people["task_potential"], made.ties.weight):
        assert ((field >= 0) & (field <= 1)).all()


# ------------------------------------------------------------------------ measured use


def one_of_many(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Let a 1 stand beside a number of people: one of them, or all?"""
    rows[:] = [
        ["week", "people", "weekly_users"],
        *([str(week), "100", cell] for week, cell in enumerate(draw(_ONES), 1)),
    ]


_ONES = st.lists(st.sampled_from(["0", "1", ""]), min_size=1, max_size=4).filter(
    lambda cells: "1" in cells
)


def no_week(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Name a week that is none, or a day that is none or not clear."""
    cells = ["", "0", "21", "-1", "1.5", "01/02/2026", "2026-02-30", "2026-W54", "31.2.2026",
             "1-2-3", "0001-01-01", "9999-12-31", "10000-01-01", "2026-2", "NA"]  # fmt: skip
    draw(st.sampled_from(rows[1:]))[rows[0].index("week")] = draw(st.sampled_from(cells))


def same_week(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Tell of a week twice."""
    rows.append(list(draw(st.sampled_from(rows[1:]))))


def too_many(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Count more users than there are people, or use on more days than a week has."""
    cells, at = {"weekly_users": ["130%", "1.5", "4000"], "use_days": ["8", "7.5"]}, None
    at = one_of(draw, table.at(rows, frozenset(cells)))
    row = draw(st.sampled_from(rows[1:]))
    row[at] = draw(st.sampled_from(cells[rows[0][at]]))


USE = Table(
    right=[
        "week,weekly_users,habitual\n1,0,0\n2,0.1,0\n3,0.15,0.05",
        "week,people,enabled,weekly_users\n2026-02-02,20,10,4\n2026-02-09,20,20,7",
        "week,team,people,use_days,weekly_users\n1,T1,10,0.5,10%\n1,T2,5,0,0%\n2,T1,10,1.5,20%",
        "week,id,use_days,weekly_users\n2026-W06,p1,2,1\n2026-W06,p2,0,0\n2026-W07,p1,3,1",
        "week,people,enabled\u00a0,weekly_users\n1,1250,1250.5,0.25\n2,2000,1000,0.5\n3,1000,,",
        "week,use_days\n4,0.25\n12,2\n20,1.75",
    ],
    known=["week", "weekly_users", "habitual", "people", "team", "enabled", "use_days", "id"],
    numbers=frozenset({"week", "weekly_users", "habitual", "people", "enabled", "use_days"}),
    shares=frozenset({"weekly_users", "habitual"}),
    required=("week",),
    forms=(dates,),
    faults=(one_of_many, no_week, no_week, same_week, too_many),
)


def use(place: Path, odd: Odd) -> None:
    def read(data: bytes) -> Any:
        (place / "use.csv").write_bytes(data)
        return read_usage(place / "use.csv", 20, date(2026, 2, 2))

    def same(seen: Any) -> Any:
        cells = zip(seen.outcomes, seen.weeks.tolist(), seen.values.tolist(), seen.people.tolist(),
                    strict=True)  # fmt: skip
        return [(name, week, round(value, 12), of) for name, week, value, of in cells], seen.access

    seen = held(odd, read, same, lambda seen: seen.notes)
    if seen is not None:
        assert np.isfinite(seen.values).all()
        assert ((seen.weeks >= 1) & (seen.weeks <= 20)).all()
        assert ((seen.values >= 0) & (seen.values <= 7)).all()


# ------------------------------------------------------------------------ parameter sets


def no_parameter(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Name a column for what is no parameter, or nothing."""
    rows[0][draw(st.integers(0, len(rows[0]) - 1))] = draw(
        st.sampled_from(["trust", "", "b trust x"])
    )


def no_value(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Leave a value out."""
    if len(rows[0]) < 2:
        raise NoRoomError
    row = draw(st.sampled_from(rows[1:]))
    row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(["", " ", "NA", "null"]))


def beyond(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put a value just outside the range of its parameter."""
    at = draw(st.integers(0, len(rows[0]) - 1))
    one = PARAMETERS[rows[0][at]]
    value = draw(st.sampled_from([one.high * 1.001 + 1e-6, one.low - abs(one.low) * 0.001 - 1e-6]))
    draw(st.sampled_from(rows[1:]))[at] = repr(float(value))


SETS = Table(
    right=[
        "b_trust,b_norm\n0.5,0.2\n1,0.25\n1.5,1",
        "b_0\n-2\n-1.5",
        "b_trust,b_0\n0.5,-2\n1,-1.5",
    ],
    known=list(PARAMETERS),
    numbers=frozenset(PARAMETERS),
    ordered=True,
    closed=True,
    faults=(no_parameter, no_value, beyond),
)


def sets(place: Path, odd: Odd) -> None:
    def read(data: bytes) -> Any:
        (place / "sets.csv").write_bytes(data)
        return read_sets(place / "sets.csv")

    rows = held(odd, read, lambda rows: rows.tolist())
    if rows is not None:
        for name, one in PARAMETERS.items():
            assert ((rows[name] >= one.low) & (rows[name] <= one.high)).all()


# ------------------------------------------------------------------------ exports


def lists(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Write departments as lists, as some exports do."""
    at = one_of(draw, table.at(rows, frozenset({"team", "department", "organization"})))
    for row in rows[1:]:
        more = draw(st.sampled_from(["", "", ",", ', "b"', ', "\\ud800"', ', ["c"]']))
        first = draw(st.sampled_from([row[at], row[at], "\\ud800", "\\ud83d\\ude00"]))
        row[at] = f'["{first}"{more}]' if row[at] else "[" * draw(st.sampled_from([1, 2, 50_000]))


def odd_day(draw: st.DrawFn, rows: Rows, table: Table) -> None:
    """Put a day into a column of days, or all, that is none, or not one of a firm."""
    known = {"date", "day", "week", "metricdate", "last_activity_date", "report_refresh_date"}
    days = table.at(rows, frozenset(known))
    days = days if draw(st.booleans()) else [one_of(draw, days)]
    cells = ["0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "0001-W01", "9999-W52", "-1",
             "31/12/9999", "01/02/2026", "1 Jan 0001", "0", "1e400", "45000",
             "\u0662\u0660\u0662\u0666-02-02"]  # fmt: skip
    for row in rows[1:] if draw(st.booleans()) else [draw(st.sampled_from(rows[1:]))]:
        cell = evenly(draw, cells)
        for at in days:
            row[at] = cell


EXPORTS = Table(
    right=[
        *PEOPLE.right[:1], *TIES.right[:3], *USE.right[1:4],
        "person,department,reports_to\np1,T1,\np2,T2,p1\np3,T2,p2",
        "Email,Name,Team,Manager\na@x.y,Ann,T1,\nb@x.y,Bob,T1,a@x.y\nc@x.y,Cy,T2,a@x.y",
        "User_principal_name,Display_name,Last_activity_date,Report_refresh_date\n"
        "a@x.y,Ann,2026-02-02,2026-02-20\nb@x.y,Bob,,2026-02-20",
        "PersonId,MetricDate,Total_Copilot_active_days,Total_Copilot_enabled_days,Organization\n"
        "p1,2026-02-01,3,7,T1\np2,2026-02-01,0,7,T1\np1,2026-02-08,2,7,T1",
        "Sender,Recipients,Date\na@x.y,b@x.y;c@x.y,2026-02-02\nb@x.y,a@x.y,2026-02-03",
        "email,I_trust_management,value_family,start_fear_job\na@x.y,Agree,1,5\nb@x.y,Disagree,4,2",
        "id,p1,p2,p3\np1,0,1,0\np2,1,0,2\np3,0,0,0",
        "user_login,day,user_initiated_interaction_count\np1,2026-02-02,4\np2,2026-02-03,1",
    ],
    known=[*PEOPLE.known, *TIES.known, *USE.known, "User principal name", "Last activity date",
           "Sender"],
    forms=(lists,),
    faults=(odd_day,) * 8,
)  # fmt: skip
NETWORKS: list[Any] = [
    {"nodes": [{"id": "a", "team": "T1"}, {"id": "b"}], "links": [{"source": "a", "target": "b"}]},
    {"elements": [{"_id": "1", "attributes": {"label": "a"}}, {"label": "b"}],
     "connections": [{"from": "1", "to": "b", "direction": "mutual"}]},
    [{"id": "a", "team": "T1", "manager": {"id": "b"}}, {"id": "b", "team": "T1"}],
    [{"user_login": "a", "day": "2026-02-02", "user_initiated_interaction_count": 3}],
    {"day_totals": [{"user_login": "a", "day": "2026-02-02", "n": 1.0}], "day": 1},
]  # fmt: skip
TEXTS = [
    "<graphml><graph edgedefault='undirected'><node id='a'/><node id='b'/>"
    "<edge source='a' target='b'/></graph></graphml>",
    "<gexf version='1.2'><graph defaultedgetype='directed'><nodes><node id='a' label='a'/>"
    "<node id='b'/></nodes><edges><edge id='0' source='a' target='b'/></edges></graph></gexf>",
    "graph [ directed 1 node [ id 1 label 'a' ] node [ id 2 ] edge [ source 1 target 2 value 3 ] ]",
    "*Vertices 2\n1 a\n2 b\n*Arcs\n1 2 1\n",
    "dl n=2\nformat = edgelist1\nlabels:\na,b\ndata:\n1 2 3\n2 1\n",
    "dl n = 2 format = fullmatrix\ndata:\n0 1\n1 0\n",
]


@st.composite
def networks(draw: st.DrawFn) -> Odd:
    """Return a network of another tool, with something else in a place or two."""
    if draw(st.booleans()):
        content = {"all": deepcopy(evenly(draw, NETWORKS))}
        mutate(draw, content, ["id", "nodes", "links", "attributes", "label", "elements"])
        form = draw(st.sampled_from(["whole", "whole", "lines"]))
        value = content.get("all")
        if form == "lines" and isinstance(value, list):
            return Odd("\n".join(map(json.dumps, value)).encode())
        return Odd(json.dumps(value).encode())
    text = evenly(draw, TEXTS)
    for _ in range(draw(st.integers(1, 2))):
        words = re.split(r"([\s<>='\"/\[\]]+)", text)
        digits = [k for k, word in enumerate(words) if word.isdecimal()]
        if digits and draw(st.booleans()):
            words[evenly(draw, digits)] = draw(NO_NUMBERS)
        else:
            words[evenly(draw, range(len(words)))] = draw(CELLS)
        text = "".join(words)
    return Odd(text.encode("utf-8", "surrogatepass"))


WORKBOOKS = st.binary(max_size=40).map(lambda data: Odd(b"PK\x03\x04" + data))
NAMED: list[tuple[str, st.SearchStrategy[Odd]]] = [
    *[("hr.csv", tables(EXPORTS))] * 3, ("log.csv", tables(EXPORTS)), ("net.json", networks()),
    ("net.graphml", networks()), ("net.txt", networks()), ("lines.jsonl", networks()),
    ("book.xlsx", WORKBOOKS), ("net.json", tables(EXPORTS)), ("hr.csv", networks()),
]  # fmt: skip
"""Names of files, and what is in them: some not what the name says."""


@st.composite
def files(draw: st.DrawFn) -> Odd:
    """Return a file of an export, which may be taken or refused."""
    name, inside = evenly(draw, NAMED)
    return Odd((name, draw(inside).data))


def exports(_: Path, odd: Odd) -> None:
    made = held(odd, lambda file: import_files([MemoryFile(*file)], Options()))
    if made is not None:
        again = load_bytes(
            made.files["people.csv"].encode(), made.files["ties.csv"].encode(), name=made.summary
        )
        assert again.n_people == made.organisation.n_people > 0
