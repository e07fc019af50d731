"""Fixtures every test may use."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.organisation import Organisation, load
from sim.posterior import use
from sim.runner import load_organisation

ROOT = Path(__file__).resolve().parents[1]

# Where the surroundings forbid byte code, each process of a run would compile every test and all
# of Uptake anew, the processes that tests start too: 7 s of each process of the quick lane.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
gc.disable()  # nothing that is collected goes until the end: not worth looking for garbage in


COLUMNS = "start_trust,start_habit,start_own_habit,threshold,value_family,considers"
PEOPLE = f"""id,team,manager_id,role,level,{COLUMNS}
chief,Head,,boss,1,0.9,0.2,,1,0.3,yes
a1,Adrift,,clerk,3,,,,0,,
a2,Adrift,,clerk,3,0.1,,0.9,2,1,no
a10,Adrift,,clerk,3,0.5,1,0.5,0.5,0,0.5
lone,Alone,,thinker,2,,,,,,
b1,Beta,chief,lead,2,0.4,0,0,0.25,0.5,0.25
b2,Beta,b1,coder,3,,,,,0.75,no
b3,Beta,b1,coder,3,0,0,0,1,0.25,1
c1,Gamma,b1,coder,4,1,,,0.3333333333333333,,
c2,Gamma,chief,coder,2,,0.7,,,,true
"""
TIES = """source,target,kind,weight
a1,a2,advice,1
a1,a10,friendship,2.5
a2,a1,advice,0.5
a10,chief,advice,3
b1,chief,advice,1
b1,b2,friendship,1
b2,b1,friendship,1
b2,b3,advice,0.1
b3,c1,advice,1
b3,b2,advice,7
c1,b1,advice,1
c1,b2,work,1
c1,b3,work,1
chief,b1,advice,1
"""


SLOW = (
    "browser", "statistical", "experiments", "docs/test_examples.py", "hostile",
    "unit/cli/test_full_disk.py", "unit/cli/test_reproduce.py", "unit/engine/test_compiling.py",
    "unit/importing/test_import.py", "unit/report/test_document.py",
)  # fmt: skip
"""Folders and files under tests/ that are not in the quick lane: ``pytest -m "not slow"``."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine, where that is to do, before two processes would both begin with it."""
    first = not hasattr(session.config, "workerinput")
    if first and session.config.getoption("numprocesses", None) and not _is_compiled():
        run = "import sim; sim.run('everything', organisation='small-firm', replicates=1, weeks=1)"
        run = f"import os; os.cpu_count = lambda: 2; {run}"
        subprocess.run([sys.executable, "-c", run], cwd=ROOT, check=False)
        from sim.engine.compiling import folders

        kept = [file.name for folder in folders() for file in folder.glob("*.nbc")]
        os.environ["UPTAKE_TESTS_COMPILED"] = " ".join(kept)  # see engine/test_compiling.py


def _is_compiled() -> bool:
    from sim.engine.compiling import folders

    return any(folder.is_dir() for folder in folders()) or "NUMBA_DISABLE_JIT" in os.environ


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave what is slow as a whole unread in the quick lane: it is half of the reading."""
    return True if config.option.markexpr == "not slow" and _slow(collection_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what stands in a slow folder; leave out what takes hours unless its mark is named."""
    for item in items:
        if _slow(item.path):
            item.add_marker(pytest.mark.slow)
    if "soak" not in config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]


SOAK_HOURS = 3.0
"""After so long no test of the nightly lane is begun any more."""

_BEGAN = time.monotonic()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what the nightly lane has no more time for."""
    hours = (time.monotonic() - _BEGAN) / 3600
    if hours > SOAK_HOURS and item.get_closest_marker("soak") is not None:
        pytest.skip(f"{SOAK_HOURS:g} hours are over")


def pytest_collection_finish() -> None:
    """Look for garbage again, but never among what was collected."""
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    """Let everything go in order: libraries complain of what is left."""
    gc.unfreeze()


def _slow(path: Path) -> bool:
    return path.as_posix().partition("/tests/")[2].startswith(SLOW)


@pytest.fixture(autouse=True)
def _shipped_sets_again() -> Iterator[None]:
    """A command that was given a posterior leaves it to no other test."""
    yield
    use(None)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real organisations, which are not part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real organisations are not here: there is no folder {folder}")
    return folder


@pytest.fixture
def write_files(tmp_path: Path) -> Callable[..., Path]:
    """Write files of given names (a dot for the underscore) and texts into one folder."""

    def write(**files: str | bytes) -> Path:
        folder = tmp_path / "organisation"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{stem}.{suffix}").write_bytes(data)
        return folder

    return write


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Isolates, teams without a manager, a team of one, answers that are partly missing."""
    folder = tmp_path_factory.mktemp("odd")
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    (folder / "ties.csv").write_text(TIES, "utf-8")
    return load(folder)


@pytest.fixture(scope="session")
def place(odd: Organisation, request: pytest.FixtureRequest) -> Callable[[str], Organisation]:
    """Return an organisation: the odd one, a real one, or the shipped small firm."""

    def place(name: str) -> Organisation:
        if name == "odd":
            return odd
        if name == "small-firm":
            return load_organisation(name)
        data: Path = request.getfixturevalue("shared_data")
        if not (data / name).is_dir():
            pytest.skip(f"there is no organisation {name} in {data}")
        return load(data / name)

    return place


def _install(package: Path, target: Path, scratch: Path) -> None:
    """Install a copy of a package, as pip does, without its dependencies."""
    copy = scratch / package.name
    shutil.copytree(package, copy)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    options = ["--no-index", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*pip, *options, str(copy)], check=True, timeout=300)


@pytest.fixture(scope="session")
def install(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Path], None]:
    """Install a package into a folder: the sample of this name, or what stands at a path."""

    def install(package: Path | str, target: Path) -> None:
        path = ROOT / "examples" / "plugins" / package if isinstance(package, str) else package
        _install(path, target, tmp_path_factory.mktemp("build"))

    return install


@pytest.fixture(scope="session")
def offered() -> Callable[..., Path]:
    """Write a folder in which a distribution offers something: what ``pip install`` leaves."""

    def offered(folder: Path, name: str, text: str, *, group: str, attribute: str = "") -> Path:
        about = folder / "uptake_own-1.0.dist-info"
        about.mkdir(parents=True, exist_ok=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: uptake-own\nVersion: 1.0\n")
        with (about / "entry_points.txt").open("a", encoding="utf-8") as file:
            file.write(f"[uptake.{group}]\n{name} = uptake_own:{attribute or name}\n")
        (folder / "uptake_own.py").write_text(text, "utf-8")
        return folder

    return offered
