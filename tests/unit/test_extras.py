"""What the main job needs, and what says so where an extra is missing."""

import ast
import os
import re
import shlex
import subprocess
import sys
import tomllib
import urllib.request
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import sim.extensions
from sim.cli import COMMANDS, NEEDS
from sim.errors import InputError
from sim.extensions import EXTRAS, need

WHOLE = 1032e6
"""Bytes of an environment in which everything was a must."""


@pytest.fixture(scope="session")
def declared(repository: Path) -> dict[str, list[str]]:
    """Dependencies by extra; the main job's under an empty name."""
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


@pytest.fixture(scope="module")
def slim(
    declared: dict[str, list[str]],
    repository: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The Python of an environment that holds what the main job declares, and nothing else."""
    home = tmp_path_factory.mktemp("slim")
    venv.create(home, symlinks=os.name != "nt")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    there = Path(subprocess.check_output(asked, text=True).strip())
    size = 0
    for one in closure(declared[""]):
        for file in one.files or ():
            source = Path(str(one.locate_file(file)))
            top = there / file.parts[0]
            if file.parts[0] in ("..", "__pycache__") or not source.is_file():
                continue
            size += source.stat().st_size
            if not top.is_symlink():
                top.symlink_to(one.locate_file(file.parts[0]))
    (there / "uptake.pth").write_text(f"{repository}\n", "utf-8")
    assert size < WHOLE / 2
    return python


def closure(requirements: list[str]) -> Iterator[metadata.Distribution]:
    """Yield the distributions that requirements bring, each once."""
    waiting, seen = [*requirements], set()
    while waiting:
        wanted = Requirement(waiting.pop())
        if wanted.name in seen or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        seen.add(wanted.name)
        found = metadata.distribution(wanted.name)
        waiting += found.requires or ()
        yield found


def uptake(python: Path, words: str, where: Path, code: int = 0) -> str:
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [python, "-m", "sim", *shlex.split(words)],
        cwd=where, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


FEW = "licences-only training-first --organisation small-firm --replicates 3 --weeks 8"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_the_main_job_needs_half_of_the_environment(slim: Path, tmp_path: Path) -> None:
    uptake(slim, f"compare {FEW} --out out", tmp_path)
    assert (tmp_path / "out" / "weekly.csv").read_text().count("\n") == 1 + 2 * 3 * 8
    assert "Every number is the same." in uptake(slim, "reproduce out", tmp_path)
    uptake(slim, f"report {FEW} --out one.html", tmp_path)
    uptake(slim, "report out --out two.html", tmp_path)
    uptake(slim, "example --out client", tmp_path)
    files = " ".join(str(file) for file in (tmp_path / "client").glob("*.csv"))
    uptake(slim, f"import {files} --out firm", tmp_path)
    uptake(slim, "run licences-only --organisation firm --replicates 2 --out run", tmp_path)
    uptake(slim, "describe firm --out firm.png", tmp_path)
    uptake(slim, f"compare {FEW} --uncertainty parameters --samples 3 --out sets", tmp_path)
    for kind in ("scenario", "study", "plan", "calibration"):
        uptake(slim, f"schema {kind}", tmp_path)
    (tmp_path / "wrong.yaml").write_text("name: a plan\ntimline: []\n", "utf-8")
    assert "did you mean timeline?" in uptake(slim, "validate wrong.yaml", tmp_path, 2)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_what_needs_an_extra_says_the_command(slim: Path, tmp_path: Path) -> None:
    for command, extras in NEEDS.items():
        said = uptake(slim, f"{command} x", tmp_path, 2)
        assert said.count("\n") == 1
        assert f'{slim} -m pip install "uptake-sim[{",".join(extras)}]"' in said
        assert "Usage" in uptake(slim, f"{command} --help", tmp_path)
    whole = tmp_path / "whole"  # its tables are Parquet: they cannot be read, so nothing is said
    uptake(
        Path(sys.executable), f"run licences-only --replicates 2 --weeks 4 --out {whole}", tmp_path
    )
    for words in (f"reproduce {whole}", f"report {whole} --out x.html"):
        assert "needs pyarrow, not installed here" in uptake(slim, words, tmp_path, 2)
    said = uptake(slim, f"report {FEW} --slides --out x.html", tmp_path, 2)
    assert "--slides: needs pptx" in said
    workbook = tmp_path / "staff.xlsx"
    workbook.write_bytes(b"PK\x03\x04")
    said = uptake(slim, f"import {workbook} --out firm", tmp_path, 2)
    assert 'pip install "uptake-sim[import]"' in said
    assert not list(tmp_path.glob("firm*"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("sim.UptakeModel", "mesa"),
        ("import sim.abm", "mesa"),
        ("sim.sweep", "study"),
        ("from sim.analysis.calibration.fit import fit; fit(None, None)", "study"),
        ("from sim.analysis.diagnosis import diagnose; diagnose(None, None)", "study"),
        ("from sim.analysis.plan import plan; plan('plan.yaml')", "plan"),
        ("sim.run('licences-only', replicates=1, weeks=2).weekly()", "study"),
    ],
)
def test_python_says_the_command_too(slim: Path, tmp_path: Path, line: str, extra: str) -> None:
    asked = [slim, "-c", f"import sim; {line}"]
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        asked, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("sim.errors.InputError: ")
    assert last.endswith(f'{slim} -m pip install "uptake-sim[{extra}]"')


EACH_MODULE = """
import importlib, pkgutil, sys
there = set(sys.argv[1:])
from sim.errors import InputError
from sim.extensions import EXTRAS, extra_of
kept = {name for extra in there for name in EXTRAS[extra]}
for names in EXTRAS.values():
    sys.modules.update(dict.fromkeys({*names} - kept))  # as if it were not installed
import sim
for found in pkgutil.walk_packages(sim.__path__, "sim.", onerror=lambda name: None):
    if found.name == "sim.__main__":
        continue
    try:
        importlib.import_module(found.name)
    except InputError as error:
        assert "-m pip install" in str(error)
    except ModuleNotFoundError as error:
        assert not there and extra_of(error.name), f"{found.name}: {error}"
    else:
        print(found.name)
"""
"""Imports all of Uptake where only some extras are installed: a module is refused in one line, or,
where none is installed, lacks what the command line then names."""


@pytest.mark.slow
@pytest.mark.parametrize("extra", ["", "study", "plan", "mesa"])
def test_every_module_is_imported_with_one_extra_or_none(tmp_path: Path, extra: str) -> None:
    asked = [sys.executable, "-c", EACH_MODULE, *filter(None, [extra])]
    path = {**os.environ, "PYTHONPATH": str(Path(sim.extensions.__file__).parents[1])}
    done = subprocess.run(
        asked, cwd=tmp_path, env=path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") > 150


@pytest.mark.slow
def test_every_library_is_declared(repository: Path, declared: dict[str, list[str]]) -> None:
    modules = metadata.packages_distributions()
    wanted = {Requirement(one).name.lower().replace("_", "-") for one in declared[""]}
    extras = {name for brought in EXTRAS.values() for name in brought}
    for file in (repository / "sim").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in {name.partition(".")[0] for name in names} - extras - {"sim", ""}:
                brings = {one.lower().replace("_", "-") for one in modules.get(name, ())}
                assert name in sys.stdlib_module_names or brings & wanted, f"{file}: {name}"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_the_page_needs_no_extra(slim: Path, tmp_path: Path) -> None:
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    asked = [slim, "-m", "sim", "demo", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        asked, cwd=tmp_path, env=clean, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as served:
        try:
            assert served.stdout is not None
            said = ""
            while not (address := re.search(r"http://\S+", said)):
                line = served.stdout.readline()
                assert line, said
                said += line
            with urllib.request.urlopen(address[0]) as page:
                assert b"<title" in page.read()
        finally:
            served.terminate()


def test_every_extra_brings_its_modules(declared: dict[str, list[str]]) -> None:
    modules = metadata.packages_distributions()
    for extra, brought in EXTRAS.items():
        names = {Requirement(one).name.lower().replace("-", "_") for one in declared[extra]}
        for module in brought:
            assert {name.lower().replace("-", "_") for name in modules[module]} & names, (
                extra,
                module,
            )


def test_a_command_that_needs_an_extra_is_a_command() -> None:
    assert set(NEEDS) <= set(COMMANDS)
    assert {extra for extras in NEEDS.values() for extra in extras} <= set(EXTRAS)


def test_all_that_is_missing_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.extensions, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/a folder/python")
    with pytest.raises(InputError) as caught:
        need("mesa", "study", where="here", only=("mesa", "scipy", "duckdb"))
    assert str(caught.value) == (
        "here: needs mesa, scipy, duckdb, not installed here — "
        '"/a folder/python" -m pip install "uptake-sim[mesa,study]"'
    )


def test_no_module_needs_an_extra_of_few_as_it_is_imported(repository: Path) -> None:
    rare = {name for extra in EXTRAS.keys() - {"mesa", "plan", "study"} for name in EXTRAS[extra]}
    for file in (repository / "sim").rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = rare & {name.partition(".")[0] for name in names}
            assert not found, f"{file}: {', '.join(found)} is imported where any study runs"
