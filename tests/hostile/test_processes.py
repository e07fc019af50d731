"""Helper processes, and the settings of the user that lie about: neither changes a result."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from commands import call
from sim.engine.compiling import folders
from sim.errors import UptakeError
from sim.files import _alive, _began
from sim.processes import Helper, elsewhere, environment_of
from sim.report import run as report_run
from sim.report.run import Studio, charts_of
from sim.runner import run

RUN = ("compare", "everything", "training-first", "-n", "2", "--weeks", "4",
       "--organisation", "small-firm", "--out", "results")  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
PICTURES = ("curves.png", "curves.svg", "drivers.svg")

CHATTER = "import sys; print('chatter', flush=True); print('chatter', file=sys.stderr)\n"
USETEX = "text.usetex: True\naxes.titlesize: 40\nsavefig.dpi: 10\nlines.linewidth: 9\n"
Uptake = Callable[..., "subprocess.CompletedProcess[str]"]
Files = dict[str, bytes | str]

ENDS_HELPERS = "import os, sys\nif '-c' in sys.orig_argv: os._exit(0)\n"

ODD: dict[str, tuple[dict[str, str | None], Files]] = {
    "variables, and files that are no text": (
        {
            "MPLBACKEND": "nonexistent", "NUMBA_NUM_THREADS": "0", "SOURCE_DATE_EPOCH": "abc",
            "NUMBA_OPT": "fast", "PYTHONWARNINGS": "error", "TZ": ":::/x", "LC_ALL": None,
            "LANG": "xx_XX.UTF-99", "HOME": "/nowhere/at/all", "PYTHONINSPECT": "1",
            "XDG_CACHE_HOME": "relative", "XDG_CONFIG_HOME": "relative",
        },
        {"matplotlibrc": b"\xff\xfe\x00bad", ".numba_config.yaml": b"\xff{[: no yaml"},
    ),
    "others, and files in the folder": (
        {
            "MPLBACKEND": "module://not_here.backend_inline", "NUMBA_NUM_THREADS": "many",
            "NUMBA_DEBUG": "1", "NUMBA_DISABLE_JIT": "1", "PYTHONOPTIMIZE": "2", "HOME": None,
            "TERMINAL_WIDTH": "abc",
        },
        {"matplotlibrc": USETEX, ".numba_config.yaml": "num_threads: 0\ndebug: 1\n"},
    ),
    "files of the user": (
        {"MPLCONFIGDIR": "mine", "MATPLOTLIBRC": "odd.rc", "PYTHONPATH": "lib"},
        {
            "odd.rc": USETEX, "mine/matplotlibrc": USETEX, "mine/stylelib/x.mplstyle": b"\xff: :",
            "lib/sitecustomize.py": CHATTER,
        },
    ),
    "a start-up file that allows little": (
        {"PYTHONPATH": "lib"}, {"lib/sitecustomize.py": "import sys; sys.setrecursionlimit(150)\n"},
    ),
    "a start-up file that fails": ({"PYTHONPATH": "lib"}, {"lib/sitecustomize.py": "1 / 0\n"}),
    "a start-up file that takes hooks away": (
        {"PYTHONPATH": "lib"},
        {"lib/sitecustomize.py": "import sys\nsys.excepthook = sys.displayhook = None\n"},
    ),
    "a start-up file that ends helpers": (
        {"PYTHONPATH": "lib"}, {"lib/sitecustomize.py": ENDS_HELPERS},
    ),
}  # fmt: skip


def fingerprints(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a results folder but the manifest, which tells versions."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
        if file.name != "manifest.json"
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run leaves where nothing is odd."""
    from sim.report.run import write_results
    from sim.runner import compare

    folder = tmp_path_factory.mktemp("undisturbed")
    results = compare(
        ["everything", "training-first"], organisation="small-firm", replicates=2, weeks=4
    )
    with Studio() as studio:
        write_results(results, folder, folder, studio)
    return fingerprints(folder)


@pytest.mark.parametrize("odd", ODD)
def test_what_lies_about_changes_no_result(
    odd: str,
    uptake: Uptake,
    undisturbed: dict[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    variables, files = ODD[odd]
    for name, content in files.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    variables = {"NUMBA_CACHE_DIR": str(folders()[0].parent), **variables}  # none is made anew
    if "PYTHONPATH" in variables:
        variables["PYTHONPATH"] = os.pathsep.join(
            map(str, (tmp_path / "lib", request.config.rootpath))
        )
    done = uptake(*RUN, **variables)
    assert done.returncode == 0, done.stderr
    assert "sim/" not in done.stderr  # no traceback of ours
    assert fingerprints(tmp_path / "results") == undisturbed
    assert not (tmp_path / "relative").exists()
    for name, value in variables.items():
        if value in ("0", "many", "fast", "abc") and name != "TERMINAL_WIDTH":
            assert f"{name}={value}" in done.stderr


@pytest.mark.parametrize("words", ["--help", "interventions", "schema plan", "run --help"])
def test_docstrings_are_there_whatever_python_leaves_out(words: str, uptake: Uptake) -> None:
    expected = uptake(*words.split()).stdout
    assert uptake(*words.split(), PYTHONOPTIMIZE="2").stdout == expected


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture_is_the_same_under_any_settings(
    kind: str, uptake: Uptake, tmp_path: Path
) -> None:
    words = ("describe", "small-firm", "--out")
    assert call(*words, str(tmp_path / f"plain.{kind}")) == 0
    (tmp_path / "matplotlibrc").write_text(USETEX)
    odd = {"MPLBACKEND": "nonexistent", "SOURCE_DATE_EPOCH": "-abc"}
    done = uptake(*words, f"odd.{kind}", **odd)
    assert done.returncode == 0, done.stderr
    one, other = (tmp_path / f"{name}.{kind}" for name in ("plain", "odd"))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="signals are of Unix")
@pytest.mark.parametrize("when", ["before it is fed", "after it was fed"])
def test_a_studio_that_dies_is_an_error(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = run("everything", organisation="small-firm", replicates=2, weeks=4)
    monkeypatch.setattr(report_run.os, "cpu_count", lambda: 2)
    with Studio() as studio:
        assert studio._helper is not None
        process = studio._helper.process
        if when == "before it is fed":
            process.kill()
            process.wait()
        else:
            process.send_signal(signal.SIGSTOP)

        def draw() -> None:
            studio.begin(charts_of(results), tmp_path)
            process.kill()
            studio.finish()

        with pytest.raises(UptakeError, match="has ended early"):
            draw()


def test_a_helper_is_alone_with_its_pipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os._exit(9)")
    (tmp_path / "sim.py").write_text("raise SystemExit('another sim')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code = (
        "print('chatter'); from sim.processes import answer_stream\n"
        "with answer_stream({answer}) as stream: stream.write(sys.stdin.buffer.read()[::-1])"
    )
    helper = Helper(code)
    try:
        with helper.requests as requests:
            requests.write(b"abc")
        assert helper.answers.read() == b"cba"
        assert helper.process.wait() == 0
    finally:
        helper.end()


def test_elsewhere_leads_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with elsewhere("settings"):
        assert Path.cwd() == tmp_path
    (tmp_path / "settings").touch()
    with elsewhere("settings"):
        assert Path.cwd() != tmp_path
    assert Path.cwd() == tmp_path
    monkeypatch.delenv("UPTAKE_TEST", raising=False)
    with environment_of({"UPTAKE_TEST": "1"}):
        assert os.environ["UPTAKE_TEST"] == "1"
    assert "UPTAKE_TEST" not in os.environ


@pytest.mark.skipif(os.name == "nt", reason="no folder goes while somebody is in it")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--version", 0),
        ("parameters", 0),
        ("validate training-first", 0),
        ("run everything -n 2 --weeks 4 --organisation small-firm", 0),
        ("run everything -n 2 --weeks 4 --organisation small-firm --out {}/results", 0),
        ("report everything -n 2 --weeks 4 --organisation small-firm --out {}/report.html", 0),
        ("describe small-firm --out {}/firm.png", 0),
        ("schema --out {}/schema.json", 0),
        ("run everything --out results", 2),
        ("run my-plan.yaml", 2),
        ("describe small-firm --out firm.png", 2),
        ("schema --out schema.json", 2),
    ],
)
def test_a_folder_that_is_gone(words: str, code: int, uptake: Uptake, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    done = uptake(*words.format(tmp_path / "kept").split(), gone=True)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == (1 if code else 0)


PARENT = """
import os, sys, time
from sim.processes import Helper
child = "import os, subprocess, sys; from sim.processes import answer_stream, end_with_parent"
child += "; end_with_parent(); other = subprocess.Popen([sys.executable, '-c', 'input()'], "
child += "stdin=subprocess.PIPE); stream = answer_stream({answer}); "
child += "stream.write(f'{{os.getpid()}} {{other.pid}}'.encode()); stream.close(); other.wait()"
helper = Helper(child)
print(helper.answers.read().decode(), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_who_is_killed_leaves_nobody_at_work() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdout is not None
    helpers = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(helpers) == 2
    assert all(_alive(pid) for pid in helpers)
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 30
    while any(_alive(pid) and _began(pid) != "gone" for pid in helpers):
        assert time.monotonic() < end, "what the helper was asked for goes on"
        time.sleep(0.02)
