"""A tab's requests and their answers, over a real socket."""

from __future__ import annotations

import gc
import json
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anyio.from_thread import start_blocking_portal
from websockets.sync.client import ClientConnection, connect

from sim.case import run_cases
from sim.page.assets import as_frame, from_frame
from sim.web import socket as tabs
from sim.web.server_state import ServerState
from sim.web.session import Session

PEOPLE = b"id,team,manager_id\n" + b"".join(
    f"p{i},Legal,{'' if i == 0 else 'p0'}\n".encode() for i in range(9)
)
TIES = b"source,target\n" + b"".join(f"p{i},p{(i + 1) % 9}\n".encode() for i in range(9))


class Tab:
    """One tab: asks, and reads what is answered."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket, self.last = socket, 0

    def ask(self, kind: str, **body: Any) -> Any:
        self.last += 1
        message = {"id": self.last, "type": kind, **body}
        binary = "files" in body or any(isinstance(v, np.ndarray) for v in body.values())
        self.socket.send(as_frame(message) if binary else json.dumps(message))
        answer = from_frame(bytes(self.socket.recv(timeout=120)))
        assert answer["id"] == self.last
        return answer

    def upload(self, people: bytes = PEOPLE, ties: bytes = TIES, **body: Any) -> Any:
        files = {"people": people, "ties": ties}
        return self.ask(
            "upload", **{k: np.frombuffer(v, np.uint8) for k, v in files.items()}, **body
        )


@pytest.fixture(scope="module")
def port(serving: Callable[..., int]) -> int:
    return serving()


@pytest.fixture
def tab(port: int) -> Iterator[Tab]:
    with connect(
        f"ws://127.0.0.1:{port}/live", origin=f"http://127.0.0.1:{port}", max_size=None
    ) as socket:
        yield Tab(socket)


def entries(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [{bar["kind"]: bar["entry"]} for bar in plan["bars"]]


def test_opening_gives_the_whole_payload(tab: Tab) -> None:
    shown = tab.ask("open")
    assert [plan["name"] for plan in shown["plans"]] == ["Training first", "Trust before tools"]
    assert shown["worlds"] == 3
    assert shown["plans"][0]["replay"]["state"].shape[0] == shown["weeks"]


def test_an_unchanged_timeline_gives_the_same_to_the_bit(tab: Tab) -> None:
    shown = tab.ask("open")
    again = tab.ask("edit", plan=1, timeline=entries(shown["plans"][1]))
    for name in ("mean", "low", "high"):
        assert np.array_equal(again["part"]["curves"][name], shown["plans"][1]["curves"][name])
    assert np.array_equal(again["part"]["replay"]["state"], shown["plans"][1]["replay"]["state"])
    assert again["sentence"] == shown["sentence"]


def test_while_it_is_dragged_fewer_replicates_answer_and_nothing_is_kept(
    tab: Tab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.web.session.FEWEST_REPLICATES", 2)
    monkeypatch.setattr("sim.web.session.DRAGGED_SECONDS", 0)
    shown = tab.ask("open")
    timeline = entries(shown["plans"][1])
    timeline[0]["loyalty conversation"]["start"] = 20
    rough = tab.ask("edit", plan=1, timeline=timeline, dragging=True)
    assert rough["worlds"] == 2
    assert "middle 80% of 2 replicates" in rough["bands"]
    assert list(rough["part"]["replay"]) == ["state"]
    assert tab.ask("yaml", plan=1)["yaml"] == shown["plans"][1]["yaml"], "nothing is kept"
    whole = tab.ask("edit", plan=1, timeline=timeline)
    assert whole["worlds"] == 3
    assert "middle 80% of 3 replicates" in whole["bands"]
    assert np.array_equal(whole["part"]["replay"]["state"], rough["part"]["replay"]["state"])
    assert "week: 20" in (changed := tab.ask("yaml", plan=1)["yaml"]) or "start: 20" in changed


def test_what_was_simulated_while_dragged_is_not_simulated_again(
    state: ServerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = replace(state, replicates=7)
    dragged, at_once = Session(many), Session(many)
    timeline = entries(dragged.open({})["plans"][1])
    at_once.open({})
    dragged.replicate = at_once.replicate = 4  # is simulated among the first
    timeline[0]["loyalty conversation"]["start"] = 20
    request = {"plan": 1, "timeline": timeline}
    simulated: list[list[int]] = []
    seeds = dragged.seeds[0].tolist()

    def counted(*given: Any, **also: Any) -> Any:
        simulated.append([seeds.index(seed) for seed in given[1][0]])
        return run_cases(*given, **also)

    monkeypatch.setattr("sim.web.session.run_cases", counted)
    monkeypatch.setattr("sim.web.session.replicates_while_dragging", lambda *_: 3)
    assert dragged.edit({**request, "dragging": True})["worlds"] == 3
    after, wanted = dragged.edit(request), at_once.edit(request)
    assert sorted(simulated[0] + simulated[1]) == simulated[2] == list(range(7))
    assert dragged.edit(request)["worlds"] == 7
    assert len(simulated) == 3, "the same again is not simulated"
    dragged.edit({**request, "timeline": timeline[1:]})
    assert len(simulated) == 4, "another timeline is"
    assert as_frame(after) == as_frame(wanted)


def test_what_people_feel_is_left_out_and_given_when_asked_for(tab: Tab) -> None:
    shown = tab.ask("open")
    opened = tab.ask("replay", plan=1)["replay"]
    timeline = entries(shown["plans"][1])
    timeline[0]["loyalty conversation"]["start"] = 20
    short = tab.ask("edit", plan=1, timeline=timeline, stages=True)["part"]["replay"]
    asked = tab.ask("replay", plan=1)["replay"]
    whole = tab.ask("edit", plan=1, timeline=timeline)["part"]["replay"]
    assert list(short) == ["state"]
    assert as_frame(opened) == as_frame(shown["plans"][1]["replay"])
    assert as_frame(asked) == as_frame(whole) != as_frame(opened)


def test_why_gives_the_run_first_and_the_reruns_after_it(tab: Tab) -> None:
    question = {"person": 3, "plan": 1, "week": 30}
    first, whole = tab.ask("why", **question, first=True), tab.ask("why", **question)
    assert "reruns" not in first
    assert whole["reruns"]
    for part in ("drivers", "manager", "ties", "using"):
        assert first[part] == whole[part]


def test_a_small_organisation_answers_in_all_replicates_even_while_dragged(tab: Tab) -> None:
    shown = tab.ask("open")
    timeline = entries(shown["plans"][1])
    timeline[0]["loyalty conversation"]["start"] = 20
    whole = tab.ask("edit", plan=1, timeline=timeline, dragging=True)
    assert whole["worlds"] == shown["worlds"]
    assert len(whole["part"]["replay"]) > 1
    assert tab.ask("yaml", plan=1)["yaml"] != shown["plans"][1]["yaml"]


def test_a_change_is_simulated_as_the_file_would_be(tab: Tab, state: ServerState) -> None:
    import sim
    from sim.scenario import loads

    shown = tab.ask("open")
    timeline = entries(shown["plans"][1])
    timeline[0]["loyalty conversation"]["start"] = 20
    part = tab.ask("edit", plan=1, timeline=timeline)["part"]
    scenario = loads(tab.ask("yaml", plan=1)["yaml"], name="changed.yaml")
    run = sim.run(scenario, organisation="small-firm", replicates=3, record_teams=True)
    row = [one["name"] for one in shown["outcomes"]].index("weekly_users")
    assert np.array_equal(
        part["curves"]["mean"][row], np.ascontiguousarray(run["weekly_users"][0, 0].T).mean(axis=-1)
    )


@pytest.mark.parametrize(
    ("timeline", "said"),
    [
        ([{"loyalty conversatoin": {"start": 1}}], "did you mean loyalty conversation"),
        ([{"access": {"start": 99}}], "beyond the run's 52 weeks"),
        ([{"access": {"start": 1, "audience": {"teams": ["Nowhere"]}}}], "Nowhere is not in"),
        ([{"access": {"start": 1, "dose": -1}}], "from 0 to 5"),
        ("no list", "is no timeline"),
        ([{"access": {"start": 1}}] * 201, "up to 200 entries"),
        ([["access"]], "timeline"),
        ([{"access": {"start": {"__class__": 1}}}], "a week such as"),
    ],
)
def test_a_wrong_timeline_is_said_in_the_words_of_a_file(
    tab: Tab, timeline: Any, said: str
) -> None:
    before = tab.ask("open")
    answer = tab.ask("edit", plan=0, timeline=timeline)
    assert said in json.dumps(answer["problems"], ensure_ascii=False)
    after = tab.ask("edit", plan=0, timeline=entries(before["plans"][0]))
    same = before["plans"][0]["curves"]["mean"], after["part"]["curves"]["mean"]
    assert np.array_equal(*same), "what was shown stays"


@pytest.mark.parametrize(
    "request_",
    [
        {"plans": ["../../etc/passwd"]},
        {"plans": ["/etc/passwd"]},
        {"plans": [17]},
        {"plans": []},
        {"organisation": "../scenarios"},
        {"organisation": "/tmp"},
        {"parameters": {"b_trust": 1e9}},
        {"parameters": {"no_such": 1}},
        {"edits": {"9": []}},
    ],
)
def test_what_is_not_here_is_refused(tab: Tab, request_: dict[str, Any]) -> None:
    answer = tab.ask("open", **request_)
    assert answer["problems"][0]["right"]


def test_unknown_requests_and_nonsense_do_not_end_the_server(tab: Tab, port: int) -> None:
    assert "is unknown" in tab.ask("shutdown")["problems"][0]["what"]
    assert tab.ask("why", team=10**9, plan=0)["problems"]
    tab.socket.send("{" * 2000)
    with pytest.raises(Exception, match="1003"):
        tab.socket.recv(timeout=20)
    with connect(f"ws://127.0.0.1:{port}/live", origin=f"http://127.0.0.1:{port}") as other:
        assert Tab(other).ask("hello")["stage"] == "presets"


def test_hello_lists_the_catalogue_from_its_declarations(tab: Tab) -> None:
    from sim.interventions.timeline import CATALOGUE

    hello = tab.ask("hello")
    assert [one["kind"] for one in hello["catalogue"]] == list(CATALOGUE)
    assert {"services-firm", "small-firm"} <= {o["key"] for o in hello["choices"]["organisations"]}


def test_an_upload_is_shown_and_says_what_a_folder_says(tab: Tab, tmp_path: Path) -> None:
    from sim.errors import InputError
    from sim.organisation import load

    assert tab.upload(name="Client")["organisation"]["name"] == "Client"
    wrong = PEOPLE.replace(b"p3,Legal,p0", b"p3,Legal,nobody")
    (tmp_path / "people.csv").write_bytes(wrong)
    (tmp_path / "ties.csv").write_bytes(TIES)
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    found = tab.upload(people=wrong)["problems"]
    said = [f"{p['where']} {p['path']}".strip() + f": {p['what']} — {p['right']}" for p in found]
    mend = "; unknown_managers: top in organisation.yaml"  # there is no such file in an upload
    assert said == [str(problem).partition(mend)[0] for problem in caught.value.problems]
    assert mend in str(caught.value.problems[0])
    assert found[0]["line"] == "p3,Legal,nobody"


@pytest.mark.parametrize(
    ("people", "ties", "said"),
    [
        (b"id\n" + b"x" * 600_000, TIES, "above the limit of 0.5 MB"),
        (b"id\n" + b"".join(b"p%d\n" % i for i in range(2_100)), TIES, "above the limit of 2,000"),
        (b"PK\x03\x04...", TIES, "is an Excel workbook"),
        ("id".encode("utf-32"), TIES, "is encoded as UTF-32"),
        (PEOPLE, b"", "is empty"),
        (b"id\n\xe9\n\xc3\xa9\n", TIES, "is not encoded as UTF-8"),
    ],
)
def test_uploads_have_limits_and_are_checked(
    tab: Tab, people: bytes, ties: bytes, said: str
) -> None:
    assert said in json.dumps(tab.upload(people, ties)["problems"])


HR = "Personalnummer;Abteilung;Vorgesetzter;Gehalt\n1;Recht;;9\n" + "".join(
    f"{k};Recht;1;9\n" for k in range(2, 8)
)
SURVEY = "Email;Wert\n2;Agree\n3;Disagree\n"


def test_files_of_any_kind_are_looked_at_corrected_and_shown(tab: Tab) -> None:
    files = [
        {"name": "hr.csv", "content": np.frombuffer(HR.encode("cp1252"), np.uint8)},
        {"name": "survey.csv", "content": np.frombuffer(SURVEY.encode(), np.uint8)},
    ]
    seen = tab.ask("look", files=files)
    kinds = {sheet["name"]: sheet["kind"] for sheet in seen["sheets"]}
    assert kinds["hr.csv"] == "people"
    assert seen["sheets"][0]["refused"] == ["Gehalt"]
    read = {sheet["name"]: {"kind": sheet["kind"] or "nothing",
                            "columns": {ours: theirs for ours, theirs, _ in sheet["rows"]}}
            for sheet in seen["sheets"]}  # fmt: skip
    read["survey.csv"] = {"kind": "survey", "columns": {"id": "Email", "start_trust": "Wert"}}
    shown = tab.ask("upload", files=files, sheets=read, name="Kanzlei")
    assert shown["organisation"]["n_people"] == 7
    assert shown["organisation"]["name"] == "Kanzlei"
    read["survey.csv"]["columns"]["start_trust"] = "Werte"
    wrong = tab.ask("upload", files=files, sheets=read)["problems"]
    assert "did you mean Wert?" in wrong[0]["right"]
    assert "holds no files" in tab.ask("look", files=[])["problems"][0]["what"]
    assert "is no file" in tab.ask("look", files=[{"name": "x"}])["problems"][0]["what"]


def test_an_upload_that_takes_too_long_is_given_up(
    serving: Callable[..., int], state: ServerState
) -> None:
    limits = replace(state.limits, seconds=1e-6)
    port = serving(None, replace(state, limits=limits))
    with connect(f"ws://127.0.0.1:{port}/live", origin=f"http://127.0.0.1:{port}") as socket:
        tab = Tab(socket)
        assert "took longer than" in tab.upload()["problems"][0]["what"]
        assert not tab.ask("open")["shown"]["uploaded"]


def test_nothing_of_an_upload_is_written_or_kept(state: ServerState) -> None:
    written: list[str] = []
    listening = True

    def heard(event: str, args: tuple[Any, ...]) -> None:
        if not listening or event != "open":
            return
        if isinstance(args[1], str) and set(args[1]) & set("wax+"):
            written.append(str(args[0]))

    sys.addaudithook(heard)  # an audit hook cannot be taken away again, only told to rest
    tab = tabs.Tab(state)
    files = {k: np.frombuffer(v, np.uint8) for k, v in (("people", PEOPLE), ("ties", TIES))}
    with start_blocking_portal() as loop:  # a loop of its own: this thread may have one running
        answer = from_frame(loop.call(tab.answer, {"id": 1, "type": "upload", **files}))
    listening = False
    assert answer["organisation"]["n_people"] == 9
    assert not [name for name in written if "__pycache__" not in name and ".nb" not in name]
    assert tab.session is not None
    left = weakref.ref(tab.session.organisation)
    tab.forget()
    gc.collect()
    assert left() is None, "the organisation outlives its tab"


def test_pseudonyms_hide_ids_everywhere(tab: Tab) -> None:
    tab.upload(people=PEOPLE.replace(b"p3,", b"Alice Smith,"), ties=b"source,target\np1,p2\n")
    shown = tab.ask("open", pseudonyms=True, plans=["training-first"])
    why = tab.ask("why", person=3, plan=0)
    text = json.dumps(shown["organisation"]["people"]["name"]) + json.dumps(why)
    assert "Alice" not in text
    assert "Person " in text


def test_a_server_may_insist_on_pseudonyms(state: ServerState) -> None:
    strict = Session(replace(state, pseudonyms=True))
    names = strict.open({"pseudonyms": False})["organisation"]["people"]["name"]
    assert all(name.startswith("Person ") for name in names)


def test_small_teams_are_not_asked_about(state: ServerState) -> None:
    from sim.errors import InputError
    from sim.organisation.load import load_bytes

    large = b"".join(b"a%d,Large\n" % i for i in range(9))
    people = b"id,team\n" + large + b"b1,Small\nb2,Small\nc1,Tiny\nc2,Tiny\nc3,Tiny\n"
    session = Session(replace(state, people=True))
    shown = session.show(load_bytes(people, b"source,target\na1,b1\nb1,a1\n", name="Two"))
    assert shown["organisation"]["teams"]["shown"].tolist() == [1, 0, 0]
    for request in ({"team": 1, "plan": 0}, {"person": 10, "plan": 0}):
        with pytest.raises(InputError, match="fewer than"):
            session.why(request)
    for plan in shown["plans"]:
        assert np.isnan(plan["teams"]["mean"][:, :, 1]).all()
        assert np.isnan(plan["drivers"]["mean"][:, 1]).all()
        for plane in plan["replay"].values():
            assert not plane[:, 9:].any(), "the replay shows people of a team of two"


def test_an_organisation_too_large_to_show_is_refused(state: ServerState) -> None:
    from sim.errors import InputError
    from sim.organisation.load import load_bytes

    small = replace(state, limits=replace(state.limits, people=8))
    with pytest.raises(InputError, match="has 9 people; the live page shows up to 8"):
        Session(small).show(load_bytes(PEOPLE, TIES, name="Nine"))


def test_leaders_and_managers_of_a_made_up_firm_are_spoken_of(tab: Tab) -> None:
    said = tab.ask("signals", plan=0, team=0)
    assert said["managers"] == 1, said
    assert len(said["planned"]["mean"]) == len(said["other"]["mean"])
    started = tab.ask("starts", plan=1, person=3)
    assert started["rows"].tolist() == [3]
    assert started["state"].shape[1] == tab.ask("open")["organisation"]["n_people"]
    assert tab.ask("starts", plan=1, person=10_000)["problems"]


def test_no_figure_is_about_one_manager_or_leader_of_real_people(tab: Tab) -> None:
    tab.upload()  # one manager, nine people
    assert tab.ask("signals", plan=0, team=0) == {"id": tab.last, "managers": 0}
    for request in ({"person": 3}, {"person": None}, {}):
        assert "problems" in tab.ask("starts", plan=0, **request)
    many = b"id,team,manager_id\n" + b"".join(
        f"t{t}p{i},Team {t},{'' if i == 0 else f't{t}p0'}\n".encode()
        for t in range(6)
        for i in range(20)
    )
    ties = b"source,target\n" + b"".join(
        f"t{t}p{i},t{t}p{(i + 1) % 20}\n".encode() for t in range(6) for i in range(20)
    )
    tab.upload(many, ties)
    said = tab.ask("signals", plan=0, team=2)
    assert (said["managers"], said["of"]) == (6, "")
    again = tab.ask("signals", plan=0, team=3)
    assert again["planned"]["mean"].tolist() == said["planned"]["mean"].tolist()
    assert "problems" in tab.ask("starts", plan=0, person=3)
    assert len(tab.ask("starts", plan=0)["rows"]) == 6
