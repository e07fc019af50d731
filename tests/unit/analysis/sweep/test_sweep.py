"""A study gives one table, whoever makes it, however it is split and whenever it is killed."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

import sim
from sim.analysis.sweep import Progress, Study, driver, load_study, specification, sweep
from sim.analysis.sweep.driver import still_wide
from sim.analysis.sweep.folder import record_hash, stored
from sim.analysis.sweep.run_list import Cells, RunList, cells_of, owned, run_list_of
from sim.analysis.sweep.specification import Replication
from sim.analysis.sweep.summary import levels, replicates
from sim.errors import InputError, UptakeError
from sim.numbers import points
from sim.report.study import show_study
from sim.results.measure import Less, parse_measure
from sim.results.store import read_table, write_parquet

Write = Callable[..., Path]

MANY = """\
scenarios: [training-first, trust-before-tools]
organisation: small-firm
weeks: 12
uncertainties: {b_trust: , b_norm: }
levers: {timeline.course.start: {from: 1, to: 8, step: 1}}
design: {latin hypercube: 60}
replicates: 20
outcomes: [habitual_w12, weekly_users_w12, peak_weekly_users]
"""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "PERSON_WEEKS_A_CHUNK", 15_000)


def same(one: Study, other: Study) -> None:
    """Assert that two tables are the same, to the bit."""
    a, b = one.frame(), other.frame()
    assert a.columns.tolist() == b.columns.tolist()
    for name in a.columns:
        if a[name].dtype == np.float64:
            assert a[name].to_numpy().tobytes() == b[name].to_numpy().tobytes(), name
        else:
            assert a[name].astype(str).tolist() == b[name].astype(str).tolist(), name
    assert one.content_hash() == other.content_hash()


@pytest.fixture
def one_process(study_file: Write, tmp_path: Path) -> Study:
    """The small study, made in this process."""
    return sweep(study_file(), tmp_path / "one", workers=1)


def test_the_table(one_process: Study) -> None:
    frame = one_process.frame()
    assert len(frame) == 36 == one_process.manifest["runs"]["stored"]
    assert frame["run"].tolist() == list(range(1, 37))
    assert frame["scenario"].unique().tolist() == ["training-first", "trust-before-tools"]
    assert frame["error"].isna().all()
    assert frame["timeline.course.dose"].isin([0.5, 1, 2]).all()
    assert frame.groupby("point")["b_trust"].nunique().eq(1).all()
    assert frame["weekly_users_w8"].between(0, 1).all()


def test_a_run_is_what_compare_would_run(one_process: Study, study_file: Write) -> None:
    """The numbers are those of the ordinary door to the engine, parameter by parameter."""
    frame = one_process.frame()
    row = frame[frame["timeline.course.dose"] == 1].iloc[0]
    plain = sim.compare(
        [str(row["scenario"]), "trust-before-tools"],
        organisation="small-firm",
        replicates=3,
        weeks=8,
        parameters={"b_trust": row["b_trust"], "b_norm": row["b_norm"]},
    )
    where = (0, 0, int(row["replicate"]) - 1, 7)
    assert row["weekly_users_w8"] == plain["weekly_users"][where]
    assert row["trust_w8"] == plain["trust"][where]


@pytest.mark.slow
def test_two_processes_and_three_shards(
    one_process: Study, tmp_path: Path, study_file: Write
) -> None:
    file = study_file()
    same(one_process, sweep(file, tmp_path / "two", workers=2))
    text = study_file().read_text() + RECORDED
    one, two = (sweep(study_file(text), tmp_path / f"r{n}", workers=n) for n in (1, 2))
    for table in ("weeks", "people"):
        assert one.frame(table).equals(two.frame(table))
    file = study_file()
    shards = []
    for i in (1, 2, 3):
        shard = sweep(file, tmp_path / f"shard{i}", workers=1, shard=(i, 3))
        assert 0 < len(shard.frame()) < 36
        assert shard.missing == 36 - len(shard.frame())
        shards.append(shard.folder)
    merged = sweep(file, tmp_path / "merged", merge=shards)
    assert merged.complete
    same(one_process, merged)
    with pytest.raises(InputError, match="holds no runs of this study"):
        sweep(file, tmp_path / "merged", merge=[tmp_path / "nothing"])


def test_shards_may_share_a_folder(one_process: Study, tmp_path: Path, study_file: Write) -> None:
    for i in (2, 1):
        last = sweep(study_file(), tmp_path / "shared", workers=1, shard=(i, 2))
    same(one_process, last)


def test_what_is_there_is_not_run_again(one_process: Study, study_file: Write) -> None:
    told: list[Progress] = []
    again = sweep(study_file(), one_process.folder, workers=1, progress=told.append)
    assert told == []
    same(one_process, again)
    # one more replicate: only that one is run
    more = sweep(
        study_file(replicates="replicates: 4"), one_process.folder, workers=1, progress=told.append
    )
    assert told[-1] == Progress(48, 48, made=12)
    assert len(more.frame()) == 48
    # fewer: nothing is run, and only what is planned is shown
    fewer = sweep(study_file(replicates="replicates: 2"), one_process.folder, workers=1)
    assert len(fewer.frame()) == 24
    assert len(fewer.sql("select * from runs")) == 24


def test_a_part_that_is_broken_is_named(one_process: Study) -> None:
    part = next((one_process.folder / "runs").iterdir())
    part.write_bytes(part.read_bytes()[:100])
    with pytest.raises(InputError, match="or remove it, and its runs are made again"):
        Study(one_process.folder).frame()
    part.unlink()
    assert len(Study(one_process.folder).frame()) < 36


@pytest.mark.parametrize(
    ("name", "column", "values", "said"),
    [
        ("plan.parquet", "replicate", pa.array([-1] * 36), "other replicates than 1 to 36"),
        ("plan.parquet", "replicate", pa.array([2**62] * 36), "other replicates than 1 to 36"),
        ("runs", "error", pa.array([[1]] * 36), "error: holds list"),
        ("runs", "error", pa.array([7] * 36), "error: holds int64"),
    ],
)
def test_tables_of_other_content_are_said(
    one_process: Study, name: str, column: str, values: pa.Array, said: str
) -> None:
    for file in [one_process.folder / name] if "." in name else one_process.folder.glob("runs/*"):
        table = read_table(file)
        place = table.column_names.index(column)
        with file.open("wb") as stream:
            write_parquet(table.set_column(place, column, values[: table.num_rows]), stream)
    study = Study(one_process.folder)
    with pytest.raises(InputError, match=said):
        _ = levels(study, study.outcomes[0]), study.frame()


def test_rows_that_stand_twice_count_once(
    one_process: Study, study_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "PERSON_WEEKS_A_CHUNK", 4_000)
    other = sweep(study_file(), tmp_path / "other", workers=1)
    for part in (other.folder / "runs").iterdir():
        (one_process.folder / "runs" / part.name).write_bytes(part.read_bytes())
    both = Study(one_process.folder)
    assert both.stored.duplicates > 0
    same(other, both)
    assert both.sql("select count(*) as n from runs")["n"][0] == 36


def test_another_folder_is_left_alone(study_file: Write, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    with pytest.raises(InputError, match="exists and holds no study"):
        sweep(study_file(), tmp_path / "thesis")
    with pytest.raises(InputError, match="is a file"):
        sweep(study_file(), tmp_path / "thesis" / "chapter.txt")
    with pytest.raises(InputError, match=r"has no manifest\.json"):
        Study(tmp_path / "thesis")
    with pytest.raises(InputError, match="is no folder"):
        Study(tmp_path / "nothing")


FAILING = """\
scenarios: training-first
organisation: small-firm
weeks: 4
levers:
  timeline.course.lasts: [3, 4]
  timeline.course.every: [3, 4]
  timeline.course.times: [2]
design: full factorial
replicates: 2
"""


def test_a_failed_run_is_a_row(study_file: Write, tmp_path: Path) -> None:
    """Rounds of four weeks every three overlap: each lever is right alone, both together not."""
    file = study_file(FAILING)
    study = sweep(file, tmp_path / "out", workers=1)
    frame = study.frame()
    bad = (frame["timeline.course.lasts"] == 4) & (frame["timeline.course.every"] == 3)
    assert frame.loc[bad, "error"].str.contains("one round lasts 4 weeks").all()
    assert frame.loc[bad, "habitual_w4"].isna().all()
    assert frame.loc[~bad, "error"].isna().all()
    assert study.manifest["runs"] == {"expected": 8, "stored": 8, "failed": 2, "missing": 0}
    told: list[Progress] = []
    sweep(file, tmp_path / "out", workers=1, progress=told.append)
    assert not told
    again = sweep(file, tmp_path / "out", workers=1, retry_failed=True, progress=told.append)
    assert told[-1].made == 2
    same(study, again)
    with pytest.raises(UptakeError, match="A run failed, and so the sweep stops"):
        sweep(file, tmp_path / "strict", workers=1, fail_fast=True)


@pytest.mark.slow
def test_replicates_until_an_interval_is_narrow(study_file: Write, tmp_path: Path) -> None:
    text = """\
scenarios: training-first
organisation: small-firm
weeks: 6
uncertainties: {b_0: [-2, 1]}
design: {full factorial: {levels: 4}}
replicates: {until: weekly_users_w6, width: 0.08, at least: 10, at most: 40}
outcomes: [weekly_users_w6]
"""
    file = study_file(text)
    study = sweep(file, tmp_path / "one", workers=1)
    frame = study.frame()
    counts = frame.groupby("point").size()
    assert set(counts) <= {10, 20, 40}
    assert counts.nunique() > 1
    for point, n in counts.items():
        values = frame.loc[frame["point"] == point, "weekly_users_w6"]
        from sim.contrast import student_t

        width = 2 * student_t(n - 1) * values.std() / np.sqrt(n)
        assert width <= 0.08 or n == 40
    shards = [sweep(file, tmp_path / f"s{i}", workers=1, shard=(i, 3)).folder for i in (1, 2, 3)]
    same(study, sweep(file, tmp_path / "merged", merge=shards))


RECORDED = "record: {weeks: true, people: [4, 8]}\n"


def test_weeks_and_people_have_their_own_tables(study_file: Write, tmp_path: Path) -> None:
    text = study_file().read_text() + RECORDED
    one = sweep(study_file(text), tmp_path / "one", workers=1)
    weeks, people = one.frame("weeks"), one.frame("people")
    assert len(weeks) == 36 * 8
    assert len(people) == 36 * 2 * 60
    runs = one.frame()
    last = weeks[weeks["week"] == 8].reset_index(drop=True)
    assert (last["habitual"] == runs["habitual_w8"]).all()
    used = people[people["week"] == 8].groupby("run")["use_days"].mean()
    assert used.to_numpy() == pytest.approx(runs["use_days_w8"].to_numpy())
    joined = one.sql("select count(*) as n from weeks join runs using (run)")
    assert joined["n"][0] == 36 * 8
    plain = sweep(study_file(), tmp_path / "plain", workers=1)
    with pytest.raises(InputError, match="weeks: were not recorded"):
        plain.frame("weeks")


def test_keys_tell_runs_apart(study_file: Write) -> None:
    study = load_study(study_file())
    keys = run_list_of(study).key
    assert len(set(keys)) == len(keys) == 36
    assert (run_list_of(load_study(study_file())).key == keys).all()
    named = load_study(study_file(name="name: Another name"))
    assert (run_list_of(named).key == keys).all()
    for change in ({"weeks": "weeks: 9"}, {"organisation": "organisation: services-firm"}):
        assert not set(run_list_of(load_study(study_file(**change))).key) & set(keys)
    fewer = dataclasses.replace(study, outcomes=study.outcomes[:2])
    assert record_hash(fewer) != record_hash(study)


def test_scenario_and_organisation_as_levers(study_file: Write, tmp_path: Path) -> None:
    text = """\
weeks: 3
levers:
  scenario: [training-first, licences-only]
  organisation: [small-firm, services-firm]
design: full factorial
replicates: 2
"""
    assert load_study(study_file(text)).n_cells == 4
    study = sweep(study_file(text), tmp_path / "out", workers=1)
    frame = study.frame()
    assert len(frame) == 8
    assert frame.groupby(["scenario", "organisation"]).size().tolist() == [2, 2, 2, 2]
    grid = study.xarray()
    assert grid["weekly_users_w3"].dims == ("scenario", "organisation", "replicate")
    assert study.sql("select distinct scenario from runs")["scenario"].nunique() == 2


def test_what_a_study_takes_and_which_key_a_replicate_has(
    study_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """\
scenarios: licences-only
weeks: 3
uncertainties: {b_0: [-2, 1]}
levers: {organisation: [small-firm, services-firm]}
design: {full factorial: {levels: 2}}
replicates: 2
outcomes: [weekly_users_w3]
"""
    study = load_study(study_file(text))
    assert (study.n_points, study.cells_a_point, study.n_cells, study.n_runs) == (4, 1, 4, 8)
    monkeypatch.setattr(specification, "_rate", lambda study: 100.0)
    people = [one.n_people for one in study.organisations]
    cost = specification.estimate(study)
    assert cost.person_weeks == 8 * sum(people) / 2 * 3
    assert cost.seconds == cost.person_weeks / 100
    few, more = (run_list_of(study, np.full(4, n)).key.reshape(4, n) for n in (2, 4))
    assert (more[:, :2] == few).all()  # however many there are
    assert len(np.unique(more)) == 16


def test_an_order_as_a_lever(study_file: Write, tmp_path: Path) -> None:
    text = """\
scenarios: trust-before-tools
organisation: small-firm
weeks: 26
levers:
  sequence: [[loyalty, identity, course], [course, loyalty, identity]]
  mechanisms.norm: [true, false]
design: full factorial
replicates: 4
outcomes: [trained_w4, trained_w26]
"""
    frame = sweep(study_file(text), tmp_path / "out", workers=1).frame()
    early = frame["sequence"] == "course → loyalty → identity"
    assert early.sum() == 8
    assert (frame.loc[early, "trained_w4"] > frame.loc[~early, "trained_w4"].max()).all()


def test_a_grid_as_xarray(study_file: Write, tmp_path: Path) -> None:
    text = study_file(design="design: {full factorial: {levels: 2}}").read_text()
    study = sweep(study_file(text + "record: {weeks: true}\n"), tmp_path / "out", workers=1)
    grid = study.xarray()
    assert dict(grid.sizes) == {
        "b_trust": 2, "b_norm": 2, "timeline.course.dose": 3, "scenario": 2, "replicate": 3,
    }  # fmt: skip
    frame = study.frame()
    row = frame.iloc[40]
    picked = grid["trust_w8"].sel(
        {name: row[name] for name in ("b_trust", "b_norm", "timeline.course.dose")}
        | {"scenario": row["scenario"], "replicate": row["replicate"]}
    )
    assert float(picked) == row["trust_w8"]
    assert study.xarray("weeks")["trust"].shape[-1] == 8
    assert grid["trust_w8"].attrs["meaning"] == "mean expressed trust, in week 8"
    sampled = sweep(study_file(), tmp_path / "sampled", workers=1)
    with pytest.raises(InputError, match=r"a full factorial design, or \.frame"):
        sampled.xarray()


def test_sql_says_what_is_wrong(one_process: Study) -> None:
    with pytest.raises(InputError, match=r"(?s)runz.*SQL over runs, points and plan"):
        one_process.sql("select * from runz")
    with pytest.raises(InputError, match="Parser Error"):
        one_process.sql("selekt")


DRIVE = """
import sys
from sim.analysis.sweep import driver, sweep
driver.PERSON_WEEKS_A_CHUNK = 15_000
sweep(sys.argv[1], sys.argv[2], workers=int(sys.argv[3]))  # no guard: none is needed
"""


def drive(script: Path, *arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, str(script), *map(str, arguments)], start_new_session=True
    )


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_killed_again_and_again(study_file: Write, tmp_path: Path) -> None:
    """Twenty kills at random moments, then a resume: the table of a run left in peace."""
    sweep(study_file(), tmp_path / "warm", workers=1)
    file = study_file(MANY.replace("replicates: 20", "replicates: 60"))
    out = tmp_path / "killed"
    rng = random.Random(1)
    record = record_hash(load_study(file))
    kills = grown = 0
    for attempt in range(20):
        before = len(stored(out, record).key)
        written = len(list((out / "runs").glob("*.parquet")))
        child = os.fork()
        if not child:  # the child carries the study on, in one process, until it is killed
            try:
                sweep(file, out, workers=1)
            finally:
                os._exit(0)
        parts = out / "runs"
        limit = time.monotonic() + 20 * (attempt % 2)  # every other one has written something
        while len(list(parts.glob("*.parquet"))) <= written and time.monotonic() < limit:
            time.sleep(0.005)
        time.sleep(0.1 * rng.random())
        os.kill(child, signal.SIGKILL)
        kills += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        grown += len(stored(out, record).key) > before
    assert kills >= 5
    assert grown >= 5
    study = sweep(file, out, workers=1)
    same(sweep(file, tmp_path / "peace", workers=1), study)
    assert study.stored.duplicates == 0
    assert not list(out.rglob("*.unfinished-*"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_a_worker_that_is_killed_is_replaced(study_file: Write, tmp_path: Path) -> None:
    import psutil

    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if progress.made and not killed:
            workers = [
                child
                for child in psutil.Process().children(recursive=True)
                if "forkserver" in " ".join(child.cmdline()) and not child.children()
            ]
            os.kill(workers[-1].pid, signal.SIGKILL)
            killed.append(workers[-1].pid)

    study = sweep(study_file(MANY), tmp_path / "out", workers=2, progress=kill)
    assert killed
    assert study.complete
    same(sweep(study_file(MANY), tmp_path / "peace", workers=1), study)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_workers_end_when_the_driver_is_killed(study_file: Write, tmp_path: Path) -> None:
    import psutil

    script = tmp_path / "drive.py"
    script.write_text(DRIVE)
    file = study_file(MANY.replace("replicates: 20", "replicates: 2000"))
    process = drive(script, file, tmp_path / "out", 2)
    me = psutil.Process(process.pid)
    limit = time.monotonic() + 30
    while not list((tmp_path / "out").glob("runs/*.parquet")) and time.monotonic() < limit:
        time.sleep(0.1)
    children = me.children(recursive=True)
    assert len(children) >= 2
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _gone, alive = psutil.wait_procs(children, timeout=15)
    assert not alive


@pytest.mark.slow
def test_an_interrupted_sweep_can_be_gone_on_with(study_file: Write, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.made > 200:
            raise KeyboardInterrupt

    file = study_file(MANY)
    with pytest.raises(KeyboardInterrupt):
        sweep(file, tmp_path / "out", workers=2, progress=interrupt)
    part = Study(tmp_path / "out")
    assert 200 < part.manifest["runs"]["stored"] < 2400
    assert len(part.frame()) == part.manifest["runs"]["stored"]
    study = sweep(file, tmp_path / "out", workers=1)
    same(sweep(file, tmp_path / "peace", workers=1), study)


@pytest.mark.slow
def test_a_dask_cluster_and_one_of_its_workers_killed(study_file: Write, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    file = study_file(MANY)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, distributed.Client(cluster) as client:  # fmt: skip
        pids = client.run(os.getpid)
        killed = threading.Event()

        def kill(progress: Progress) -> None:
            if progress.made and not killed.is_set():
                os.kill(next(iter(pids.values())), signal.SIGKILL)
                killed.set()

        study = sweep(file, tmp_path / "dask", scheduler=cluster.scheduler_address, progress=kill)
        assert killed.is_set()
    assert study.complete
    same(sweep(file, tmp_path / "peace", workers=1), study)


def test_a_cluster_without_a_common_folder(
    study_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that do not see the folder hand their parts to the driver."""
    import sim.analysis.sweep.driver as driver

    real = driver.context_of
    monkeypatch.setattr(
        driver, "context_of",
        lambda *given: dataclasses.replace(real(*given), folder=str(tmp_path / "elsewhere")),
    )  # fmt: skip
    away = sweep(study_file(), tmp_path / "away", workers=1)
    monkeypatch.setattr(driver, "context_of", real)
    same(sweep(study_file(), tmp_path / "near", workers=1), away)
    assert not (tmp_path / "elsewhere").exists()


def test_no_scheduler_answers(
    study_file: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("sim.analysis.sweep.work.TIMEOUT", 1.0)
    with pytest.raises(InputError, match="no scheduler answers"):
        sweep(study_file(), tmp_path / "out", scheduler="tcp://127.0.0.1:9")


PAIRED = """\
scenarios: [licences-only, training-first]
organisation: small-firm
weeks: 10
uncertainties: {b_0: [-2, 1]}
design: {full factorial: {levels: 4}}
replicates: {until: "weekly_users_w10: training-first less licences-only", width: 0.1,
             at least: 10, at most: 20}
outcomes: ["weekly_users_w10: training-first less licences-only"]
"""
LESS = "weekly_users_w10: training-first less licences-only"


def test_a_difference_is_an_outcome_too(study_file: Write, tmp_path: Path) -> None:
    study = sweep(study_file(PAIRED), tmp_path / "one", workers=1)
    frame = study.frame().set_index(["point", "replicate", "scenario"])["weekly_users_w10"]
    less = frame.xs("training-first", level=2) - frame.xs("licences-only", level=2)
    assert not less.isna().any()  # both of a pair have as many replicates
    counts = less.groupby("point").size()
    assert set(counts) <= {10, 20}
    from sim.contrast import student_t

    for point, n in counts.items():
        width = 2 * student_t(n - 1) * less.loc[point].std() / np.sqrt(n)
        assert width <= 0.08 or n == 20
    ((key, table),) = replicates(study, LESS).items()
    assert key == ("training-first less licences-only", "small-firm")
    assert (study.outcomes, study.differences) == (("weekly_users_w10",), (LESS,))
    means = np.nanmean(table, axis=1)
    assert means == pytest.approx(less.groupby("point").mean().to_numpy())
    (level,) = levels(study, LESS)
    assert level.median == pytest.approx(np.median(means))
    assert study.unit_of(LESS) == "less share"
    show_study(study, [LESS], console := Console(record=True, width=160))
    assert f" {points(level.median, signed=True)} points " in console.export_text()
    shards = [sweep(study_file(PAIRED), tmp_path / f"s{i}", workers=1, shard=(i, 2)).folder
              for i in (1, 2)]  # fmt: skip
    same(study, sweep(study_file(PAIRED), tmp_path / "merged", merge=shards))


def test_a_difference_of_what_is_not_there(study_file: Write, refused, tmp_path: Path) -> None:
    said = refused(study_file(PAIRED.replace("less licences-only", "less licence-only")))
    assert "replicates.until" in said
    assert " outcomes: weekly_users_w10: training-first less licence-only" in said
    assert "names licence-only, which is no scenario here" in said
    assert "licences-only" in said


def test_runs_stored_before_a_kill_are_counted(study_file: Write, tmp_path: Path) -> None:
    """A sweep writes its manifest first: what came after it counts nonetheless."""
    whole = sweep(study_file(), tmp_path / "out", workers=1)
    manifest = json.loads((whole.folder / "manifest.json").read_text("utf-8"))
    manifest["runs"] |= {"stored": 0, "missing": manifest["runs"]["expected"]}
    (whole.folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert Study(whole.folder).missing == 0
    assert Study(whole.folder).runs["stored"] == len(whole.frame()) == 36
    next((whole.folder / "runs").iterdir()).unlink()
    left = Study(whole.folder)
    assert left.runs["stored"] == len(left.frame()) == left.runs["expected"] - left.missing


def test_cells_double_until_they_are_narrow_or_at_the_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 0, 0.3, 0, 0.3 the interval is 0.55 wide: 3.18 standard errors to either side."""
    cells = Cells(*(np.zeros(4, np.int32) for _ in range(3)))
    values = np.array([0.0, 0.3, 0.0, 0.3, 0.2, 0.2, 0.2, 0.2, 0.0, 9.0, 0.0, 9.0, 0, 9, 0, 9])
    plan = RunList(cells, np.full(4, 4), np.arange(4, dtype=np.uint64), np.arange(16).astype("S8"))
    there: Any = SimpleNamespace(holds=lambda keys: np.arange(16) != 9)  # a run is missing
    monkeypatch.setattr(driver, "column_of", lambda plan, there, name: values)

    def doubled(most: int, width: float, until: Any = None) -> list[int] | None:
        until = until or SimpleNamespace(measure=SimpleNamespace(name="y"))
        study: Any = SimpleNamespace(replication=Replication(4, most, until, width))
        found = still_wide(study, plan, there)
        return None if found is None else found.tolist()

    assert doubled(16, 0.5) == [8, 4, 4, 8]
    assert doubled(16, 0.6) == [4, 4, 4, 8]
    assert doubled(6, 0.5) == [6, 4, 4, 6]
    assert doubled(16, 100.0) is None
    assert doubled(4, 0.1) is None
    less = Less(parse_measure("weekly_users_w8", 8), "a", "b")  # type: ignore[arg-type]
    monkeypatch.setattr(driver, "_pairs", lambda study, less: [(0, 1), (3, 0)])
    assert doubled(16, 0.5, less) == [8, 8, 4, 8]
    values[:4] = values[12:] = [0, 9, 0, 9]  # as wide each, and no difference between them
    assert doubled(16, 0.5, less) == [8, 8, 4, 4]


def test_cells_are_points_then_scenarios_then_organisations() -> None:
    study: Any = SimpleNamespace(
        points=SimpleNamespace(values={"x": np.zeros(2)}), n_points=2, documents=(1, 2, 3),
        organisations=(1, 2),
    )  # fmt: skip
    found = cells_of(study)
    assert found.point.tolist() == [0] * 6 + [1] * 6
    assert found.scenario.tolist() == [0, 0, 1, 1, 2, 2] * 2
    assert found.organisation.tolist() == [0, 1] * 6
    plan = RunList(found, np.arange(12) % 3 + 1, np.arange(3, dtype=np.uint64), np.zeros(24, "S8"))
    assert plan.replicate[:7].tolist() == [0, 0, 1, 0, 1, 2, 0]
    assert plan.cell[:7].tolist() == [0, 1, 1, 2, 2, 2, 3]
    parts = [owned(plan, (k, 3), adaptive=False) for k in (1, 2, 3)]
    assert np.sum(parts, axis=0).tolist() == [1] * 24  # each run is somebody's, and nobody else's
    runs = [int(owned(plan, (k + 1, 6), adaptive=False).sum()) for k in range(6)]
    assert runs == [4] * 6  # of few cells run by run, so that all have as many
    whole = owned(plan, (1, 2), adaptive=True)
    assert whole.tolist() == (found.point[plan.cell] == 0).tolist()
