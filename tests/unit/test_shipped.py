import runpy
import sys
import tomllib
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.sources import (
    COMPARED,
    ORDER_ALONE,
    ORGANISATION,
    RENAMED,
    organisation_file,
    scenario_file,
)


def test_a_bare_name_is_a_shipped_file(repository: Path) -> None:
    assert scenario_file("mandate") == repository / "scenarios" / "mandate.yaml"
    assert scenario_file("mandate.yaml").is_file()
    assert organisation_file(ORGANISATION).parent.name == "organisations"
    assert all(scenario_file(name).is_file() for name in (*COMPARED, *ORDER_ALONE))


def test_a_file_of_ones_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mandate.yaml").write_text("")
    assert scenario_file("mandate.yaml") == Path("mandate.yaml")
    assert scenario_file("mandate") != Path("mandate.yaml")


@pytest.mark.parametrize("name", ["mandat", "../scenarios/mandate", "", "nothing/like/it.yaml"])
def test_what_is_not_there_is_said(name: str) -> None:
    with pytest.raises(InputError, match=r"no such scenario file|is a folder"):
        scenario_file(name)


@pytest.mark.parametrize(("former", "now"), RENAMED.items())
def test_a_former_name_is_said(former: str, now: str) -> None:
    assert scenario_file(now).is_file()
    with pytest.raises(InputError, match=f"it is now called {now}"):
        scenario_file(former)


def test_a_near_miss_beside_is_suggested(tmp_path: Path) -> None:
    (tmp_path / "rollout.yaml").write_text("")
    with pytest.raises(InputError, match=r"did you mean .*rollout\.yaml\?"):
        scenario_file(tmp_path / "rolout.yaml")


def test_a_wheel_carries_every_package_and_shipped_file(repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {
        ".".join(file.parent.relative_to(repository).parts)
        for file in (repository / "sim").rglob("*.py")
    }
    shipped = {name for name in settings["packages"] if "shipped" in name}
    assert folders == set(settings["packages"]) - shipped
    carried = {repository / settings["package-dir"][name] for name in shipped}
    assert {file.parent for file in (repository / "scenarios").rglob("*.yaml")} == carried


def test_nothing_is_built_without_what_gives_the_version(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without isolation and setuptools-scm, setuptools would make a wheel of version 0.0.0."""
    monkeypatch.setitem(sys.modules, "setuptools_scm", None)
    with pytest.raises(SystemExit, match="setuptools-scm, which gives the version, is not there"):
        runpy.run_path(str(repository / "setup.py"))
