"""Files as other tools export them, made from their column lists; nobody in them is real."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

PEOPLE = [
    # id, e-mail, name, team, manager, role
    ("1001", "chief@firm.example", "Chief One", "Board", "", "Head"),
    ("1002", "lea@firm.example", "Lea Müller", "Sales", "1001", "Lead"),
    ("1003", "sam@firm.example", "Sam Óg", "Sales", "1002", "Seller"),
    ("1004", "sue@firm.example", "Sue Ng", "Sales", "1002", "Seller"),
    ("1005", "max@firm.example", "Max Weiß", "Legal", "1001", "Lead"),
    ("1006", "mia@firm.example", "Mia Roy", "Legal", "1005", "Lawyer"),
]
MAIL = {person[0]: person[1] for person in PEOPLE}
NAME = {person[0]: person[2] for person in PEOPLE}
MANAGERS = {person[0]: person[4] for person in PEOPLE}
TEAMS = {person[0]: person[3] for person in PEOPLE}


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], mark: str = ",") -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=mark, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return stream.getvalue()


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def german_hr(folder: Path) -> Path:
    """Personnel, semicolons and Windows-1252, as a German Excel saves it."""
    columns = ["Personalnummer", "Nachname", "Vorname", "E-Mail-Adresse", "Abteilung",
               "Vorgesetzte(r) (Personalnummer)", "Stellenbezeichnung", "Geburtsdatum", "Gehalt",
               "Leistungsbeurteilung"]  # fmt: skip
    rows = []
    for number, mail, name, team, boss, role in PEOPLE:
        first, last = name.split()
        rows.append([number, last, first, mail, team, boss, role, "01.02.1980", "50.000,00", "A"])
    return write(folder, "hr.csv", table(columns, rows, ";").encode("cp1252"))


def french_hr(folder: Path) -> Path:
    columns = ["Matricule", "Nom complet", "Service", "Responsable hiérarchique", "Poste", "Sexe"]
    rows = [[p[0], p[2], p[3], NAME.get(p[4], ""), p[5], "F"] for p in PEOPLE]
    return write(folder, "effectif.csv", table(columns, rows, ";").encode("utf-16"))


def spanish_hr(folder: Path) -> Path:
    columns = ["Correo electrónico", "Nombre completo", "Departamento", "Jefe directo", "Puesto"]
    rows = [[p[1], p[2], p[3], MAIL.get(p[4], "").upper(), p[5]] for p in PEOPLE]
    return write(folder, "personal.tsv", table(columns, rows, "\t").encode("utf-8-sig"))


def viva_hr(folder: Path) -> Path:
    columns = ["PersonId", "EffectiveDate", "ManagerId", "LevelDesignation", "Organization",
               "HireDate", "FunctionType", "Layer", "EmplID", "YrsServ", "Dec2020Score",
               "Dec2020Rating", "Performance", "ManagerPerformance", "AgeGroup",
               "Generation"]  # fmt: skip
    rows = [
        [p[1], "05/18/2017", MAIL.get(p[4], ""), "Senior", p[3], "05/18/2010", p[5],
         1 if not p[4] else 2, p[0], 9, 3, "B", "x", "y", "30-39", "X"]
        for p in PEOPLE
    ]  # fmt: skip
    return write(folder, "org.csv", table(columns, rows))


def entra(folder: Path) -> Path:
    columns = ["userPrincipalName", "displayName", "surname", "mail", "givenName", "objectId",
               "userType", "jobTitle", "department", "accountEnabled", "usageLocation", "state",
               "country"]  # fmt: skip
    rows = [
        [p[1], p[2], p[2].split()[1], p[1], p[2].split()[0], f"o-{p[0]}", "Member", p[5], p[3],
         "true", "DE", "", "DE"]
        for p in PEOPLE
    ]  # fmt: skip
    return write(folder, "users.csv", table(columns, rows))


def org_chart(folder: Path) -> Path:
    """A chart by paths, as a sheet of a workbook would be saved."""
    path = {p[0]: p for p in PEOPLE}

    def above(number: str) -> str:
        boss = path[number][4]
        return f"{above(boss)} > {NAME[number]}" if boss else NAME[number]

    rows = [[p[0], p[2], above(p[0]), p[3]] for p in PEOPLE]
    return write(
        folder, "chart.csv", table(["Employee ID", "Name", "Reporting path", "Team"], rows)
    )


VIVA_WEEKS = ["2026-02-02", "2026-02-09", "2026-02-23"]  # one week is missing
VIVA_DAYS = {"1001": ["0", "0", "1"], "1002": ["2", "3", "5"], "1003": ["", "", "4"],
             "1004": ["1", "0", "0"], "1005": ["", "", ""], "1006": ["5", "5", "5"]}  # fmt: skip


def viva(folder: Path, *, american: bool = False) -> Path:
    columns = ["PersonId", "MetricDate", "Collaboration_hours", "Emails_sent",
               "Total_Copilot_active_days", "Total_Copilot_enabled_days",
               "Days_of_active_Copilot_usage_in_Excel",
               "Copilot_actions_taken_in_Copilot_chat_(work)", "SupervisorIndicator", "Level",
               "Organization"]  # fmt: skip
    rows = []
    for k, week in enumerate(VIVA_WEEKS):
        year, month, day = week.split("-")
        when = f"{int(month)}/{int(day)}/{year}" if american else week
        for number, days in VIVA_DAYS.items():
            enabled = "5" if days[k] else ""
            rows.append([MAIL[number].title(), when, 3.5, 12, days[k], enabled, "", "", "Yes",
                         "Level 3", TEAMS[number]])  # fmt: skip
    return write(folder, "person_query.csv", table(columns, rows).encode("utf-8-sig"))


def viva_ties(folder: Path) -> Path:
    columns = ["PrimaryCollaborator_PersonId", "SecondaryCollaborator_PersonId", "MetricDate",
               "Diverse_tie_score", "Diverse_tie_type", "Strong_tie_score",
               "Strong_tie_type"]  # fmt: skip
    rows = [
        [MAIL["1002"], MAIL["1003"], "01/04/2023", 1, 0, 2, 1],
        [MAIL["1002"], MAIL["1003"], "01/11/2023", 1, 0, 3, 1],
        [MAIL["1003"], MAIL["1002"], "01/04/2023", 1, 0, 4, 1],
        [MAIL["1006"], MAIL["1005"], "01/04/2023", 1, 0, 1, 1],
        [MAIL["1006"], "guest@else.example", "01/04/2023", 1, 0, 1, 1],
    ]
    return write(folder, "p2p.csv", table(columns, rows))


def copilot_detail(folder: Path) -> Path:
    """Microsoft Graph's report of a Sunday: the week from 2 to 8 February 2026."""
    columns = ["Report Refresh Date", "User Principal Name", "Display Name", "Last Activity Date",
               "Copilot Chat Last Activity Date", "Microsoft Teams Copilot Last Activity Date",
               "Word Copilot Last Activity Date", "Excel Copilot Last Activity Date",
               "PowerPoint Copilot Last Activity Date", "Outlook Copilot Last Activity Date",
               "OneNote Copilot Last Activity Date", "Loop Copilot Last Activity Date",
               "Report Period"]  # fmt: skip
    last = {"1002": "2026-02-08", "1003": "2026-02-02", "1004": "2026-02-01", "1006": ""}
    rows = [["2026-02-08", MAIL[n], NAME[n], day, *[""] * 8, 28] for n, day in last.items()]
    return write(folder, "detail.csv", "\ufeff" + table(columns, rows))


def copilot_admin(folder: Path) -> Path:
    columns = ["User name", "Display name", "Prompts submitted (any app)", "Active Days",
               "Last activity date (UTC)", "Last activity date of Teams Copilot (UTC)"]  # fmt: skip
    last = {"1002": "2026-02-08", "1003": "2026-01-05"}
    rows = [[MAIL[n], NAME[n], 5, 3, day, ""] for n, day in last.items()]
    return write(folder, "admin.csv", table(columns, rows))


def github(folder: Path) -> tuple[Path, Path]:
    days = [("lea-m", "2026-02-02", 3), ("lea-m", "2026-02-03", 1), ("lea-m", "2026-02-03", 2),
            ("sam-o", "2026-02-04", 0), ("lea-m", "2026-02-16", 1)]  # fmt: skip
    lines = [
        {"user_id": 7, "user_login": who, "day": day, "organization_id": "1",
         "user_initiated_interaction_count": count, "code_generation_activity_count": 0,
         "loc_added_sum": 0, "used_agent": False, "used_chat": bool(count),
         "ai_adoption_phase": {"phase": "x", "phase_number": 1},
         "totals_by_ide": [{"ide": "vscode"}]}
        for who, day, count in days
    ]  # fmt: skip
    teams = [{"user_id": 7, "user_login": who, "day": "2026-02-02", "organization_id": "1",
              "team_id": k, "slug": team}
             for k, (who, team) in enumerate([("lea-m", "web"), ("sam-o", "web")])]  # fmt: skip
    return (
        write(folder, "users-1-day.ndjson", "\n".join(map(json.dumps, lines))),
        write(folder, "user-teams-1-day.json", json.dumps({"day_totals": teams})),
    )


def chatgpt(folder: Path) -> Path:
    columns = ["cadence", "period_start", "period_end", "account_id", "public_id", "name", "email",
               "role", "user_role", "department", "groups", "user_status", "is_active",
               "messages", "messages_rank", "model_to_messages"]  # fmt: skip
    rows = [
        ["weekly", start, "", "a", f"u-{n}", NAME[n], MAIL[n], "member", "", f'["{TEAMS[n]}"]', "",
         "enabled", messages > 0, messages, 1, "{'m': 3}"]
        for start, use in (("2026-02-01", {"1002": 9, "1003": 0}), ("2026-02-08", {"1002": 0}))
        for n, messages in use.items()
    ]  # fmt: skip
    return write(folder, "chatgpt.csv", table(columns, rows))


def claude(folder: Path) -> Path:
    data = [
        {"user": {"id": f"u{n}", "email_address": MAIL[n]}, "date": day,
         "chat_metrics": {"distinct_conversation_count": count, "message_count": count},
         "claude_code_metrics": {"core_metrics": {"commit_count": 0}}, "web_search_count": 0}
        for n, day, count in (("1002", "2026-02-02", 4), ("1002", "2026-02-05", 1),
                              ("1003", "2026-02-05", 0))
    ]  # fmt: skip
    return write(folder, "claude.json", json.dumps({"data": data, "has_more": False}))


def gemini(folder: Path) -> Path:
    items = [
        {"kind": "admin#reports#activity", "id": {"time": f"{day}T09:00:00.000Z"},
         "actor": {"email": MAIL[n]},
         "events": [{"name": "feature_utilization", "parameters": [{"name": "app_name"}]}]}
        for n, day in (("1003", "2026-02-02"), ("1003", "2026-02-02"), ("1004", "2026-02-11"))
    ]  # fmt: skip
    return write(folder, "activities.json", json.dumps({"items": items}))


def mails(folder: Path) -> Path:
    columns = ["Message ID", "From", "To", "Cc", "Date", "Subject"]
    rows = [
        ["m1", MAIL["1002"], MAIL["1003"], "", "2026-02-02 09:00", "Very secret"],
        [
            "m2",
            MAIL["1002"],
            f"{MAIL['1003']}; Sue Ng <{MAIL['1004']}>",
            "",
            "2026-02-03 09:00",
            "s",
        ],
        ["m3", MAIL["1003"], MAIL["1002"], MAIL["1004"], "2026-02-03 10:00", "t"],
        ["m4", MAIL["1005"], MAIL["1006"].upper(), "", "2026-01-01 10:00", "u"],
        ["m5", "news@else.example", MAIL["1006"], "", "2026-02-03 11:00", "v"],
    ]
    return write(folder, "mails.csv", table(columns, rows))


def kumu(folder: Path) -> Path:
    elements = [
        {"_id": f"elem-{n}", "attributes": {"label": name, "element type": "Person",
                                             "department": TEAMS[n]}}
        for n, name in NAME.items()
    ]  # fmt: skip
    connections = [
        {"_id": "c1", "from": "elem-1003", "to": "elem-1002", "direction": "directed",
         "attributes": {"strength": 3}},
        {"_id": "c2", "from": "elem-1005", "to": "elem-1006", "direction": "mutual",
         "attributes": {"strength": 1}},
    ]  # fmt: skip
    return write(folder, "map.json", json.dumps({"elements": elements, "connections": connections}))


GRAPHS = {
    "ties.graphml": """<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<key id="t" for="node" attr.name="team" attr.type="string"/>
<graph edgedefault="directed"><node id="a"><data key="t">X</data></node><node id="b"/><node id="c"/>
<edge source="a" target="b"><data key="w">3</data></edge><edge source="a" target="c">
<data key="w">1</data></edge></graph></graphml>""",
    "ties.gexf": """<?xml version="1.0"?><gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">
<graph defaultedgetype="directed"><nodes><node id="a" label="a"/><node id="b" label="b"/>
<node id="c" label="c"/></nodes><edges><edge id="0" source="a" target="b" weight="3"/>
<edge id="1" source="a" target="c" weight="1"/></edges></graph></gexf>""",
    "ties.gml": """Creator "x"\ngraph [ directed 1 node [ id "a" ] node [ id "b" ] node [ id "c" ]
edge [ source "a" target "b" weight 3 ] edge [ source "a" target "c" weight 1 ] ]""",
    "ties.net": '*Vertices 3\n1 "a"\n2 "b"\n3 "c"\n*Arcs\n1 2 3\n1 3 1\n',
    "matrix.dl": "dl n=3 format=fullmatrix\nlabels:\na,b,c\ndata:\n0 3 1\n0 0 0\n0 0 0\n",
    "edges.dl": "DL n=3, format = edgelist1\nlabels:\na b c\ndata:\n1 2 3\n1 3 1\n",
    "matrix.csv": ";a;b;c\na;0;3;1\nb;0;0;0\nc;0;0;0\n",
    "list.csv": "Source,Target,Type,Id,Label,Weight\na,b,Directed,0,,3\na,c,Directed,1,,1\n",
}


def forms(folder: Path) -> Path:
    columns = ["ID", "Start time", "Completion time", "Email", "Name",
               "I trust that management is straight about AI",
               "Ich habe Angst um meinen Arbeitsplatz", "How important is family to you?",
               "Any other remark"]  # fmt: skip
    rows = [
        [1, "2/3/26 9:00", "2/3/26 9:05", MAIL["1002"], NAME["1002"], "Agree", "stimme eher zu",
         "very important", "none of your business"],
        [2, "2/3/26 9:00", "2/3/26 9:05", MAIL["1003"], NAME["1003"], "Strongly disagree",
         "stimme gar nicht zu", "neutral", ""],
        [3, "2/3/26 9:00", "2/3/26 9:05", "who@else.example", "Who", "Neutral", "", "", ""],
    ]  # fmt: skip
    return write(folder, "survey.csv", table(columns, rows))
