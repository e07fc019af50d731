"""Run a manifest again, and compare every number with what the folder holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.contrast import MARGIN
from sim.errors import InputError, Problem, refusal
from sim.extensions import need
from sim.files import scratch
from sim.numbers import brief
from sim.organisation.write import organisation_hash

if TYPE_CHECKING:
    from sim.organisation.organisation import Organisation
    from sim.results import Results


@dataclass(frozen=True, slots=True)
class TableCheck:
    """Whether one table came out the same."""

    name: str
    """File of the table."""
    same: bool
    """Whether the content hash of the new run is the manifest's, and the file's too."""
    said: str
    """The result in words."""
    difference: float | None
    """Largest difference between numbers; None where it cannot be told."""

    @property
    def difference_text(self) -> str:
        """The largest difference, in words."""
        return "cannot be told" if self.difference is None else brief(self.difference)


def rerun(
    content: Mapping[str, Any], folder: Path, organisation: Path | None = None, *,
    threads: int | None = None, progress: Callable[[int], None] | None = None,
) -> Results:  # fmt: skip
    """Run what a manifest describes.

    Raises InputError where the manifest is incomplete, or the organisation is not there or not the
    same.

    - ``content``: see ``sim.results.manifest.read_manifest``.
    - ``folder``: the results folder: a client's files are looked for relative to it.
    - ``organisation``: where a client's files are now.
    - ``threads``, ``progress``: as ``sim.compare``.
    """
    from sim import scenario
    from sim.results import Origin
    from sim.runner import compare

    where = str(folder / "manifest.json")
    if any(name.endswith(".parquet") for name in content.get("tables", ())):
        need("study", where=str(folder), only=("pyarrow",))
    try:
        scenarios = [
            scenario.loads(one["text"], one["file"], sources=one["sources"])
            for one in content["scenarios"]
        ]
        about = content["organisation"]
        people = organisation_of(about, folder, organisation)
        path = organisation or (folder / about["path"] if about["path"] else "")
        record = content["record"]
        results = compare(
            scenarios, organisation=people, replicates=content["replicates"],
            seed=content["seed"], weeks=content["weeks"], parameters=content["parameters_set"],
            record_teams=record["teams"], record_people=record["people"],
            parameter_sets=_sets(content.get("parameter_sets")),
            structure=bool(content.get("structure")), margin=content.get("margin", MARGIN),
            threads=threads, progress=progress,
        )  # fmt: skip
        return replace(results, origin=Origin(str(path), about["text"], about["files"]))
    except (KeyError, TypeError, AttributeError) as error:
        right = "a manifest as Uptake wrote it"
        problem = Problem(where, "", f"is incomplete or changed ({error})", right)
        raise InputError([problem]) from error


def _sets(rows: Sequence[Mapping[str, float]] | None) -> Any:
    """Return the parameter sets of a manifest, or None where the defaults were used."""
    if rows is None:
        return None
    import numpy as np

    from sim.parameters import parameter_rows

    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return parameter_rows(columns, n=len(rows))


def organisation_of(about: Mapping[str, Any], folder: Path, given: Path | None) -> Organisation:
    """Load the organisation that a manifest describes.

    ``about`` is as ``sim.results.manifest.organisation_entry`` gives it. A client's files are
    looked for relative to ``folder``, where the manifest stands, unless they are ``given``: where
    they are now. Raises InputError where it is not there, or is another one now.
    """
    from sim.importing import load_any as load
    from sim.runner import folder_hashes

    if about["text"] and given is None:
        with scratch() as work:
            named = Path(about["path"]).name
            file = work / (named if named.endswith((".yaml", ".yml")) else "template.yaml")
            file.write_text(about["text"], "utf-8")
            _same_size(file, about, folder)
            loaded = load(file)
        source = "the template in the manifest"
    else:
        path = given if given is not None else _stored_path(about, folder)
        source = str(path)
        there = path.is_dir() or path.is_file()
        if given is None and not (about["files"] and there):
            what = "names an organisation elsewhere without the hashes of its files"
            right = "--organisation PATH: where the files are now"
            raise refusal(str(folder), "organisation", what, right)
        if about["files"] and there and (changed := _changed(about, folder_hashes(path))):
            right = "the files as they were when the run was made"
            raise InputError([Problem(str(path / name), "", what, right) for name, what in changed])
        loaded = load(path)
    if organisation_hash(loaded) != about["content_hash"]:
        right = "the organisation as it was when the run was made"
        raise refusal(source, "", "is not the organisation of this run", right)
    return loaded


def _same_size(file: Path, about: Mapping[str, Any], folder: Path) -> None:
    """Refuse a template of another size before its people are made."""
    from sim.organisation.settings import Template, read_settings

    said = read_settings(file)
    if isinstance(said, Template) and said.n_people != about["people"]:
        what = f"says {about['people']:,} people, and its template {said.n_people:,}"
        right = "the manifest as Uptake wrote it"
        raise refusal(str(folder / "manifest.json"), "organisation", what, right)


def _stored_path(about: Mapping[str, Any], folder: Path) -> Path:
    right = "--organisation PATH: where the files are now"
    if not about["path"]:
        what = "the organisation was made in Python, not read from files"
        raise refusal(str(folder), "", what, right)
    path: Path = folder.resolve() / about["path"]
    if not path.exists():
        raise refusal(str(folder), "", f"the organisation is no longer at {about['path']}", right)
    return path


def _changed(about: Mapping[str, Any], now: Mapping[str, str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, sha256 in about["files"].items():
        if name not in now:
            found.append((name, "is no longer there"))
        elif now[name] != sha256:
            found.append((name, "has changed since the run (SHA-256 differs)"))
    found += [(name, "was not there when the run was made") for name in now.keys() - about["files"]]
    return found


def check_tables(results: Results, content: Mapping[str, Any], folder: Path) -> list[TableCheck]:
    """Compare every table of a manifest with the new run, and Parquet with the file too."""
    return [_check(results, about, folder / name) for name, about in content["tables"].items()]


def _check(results: Results, about: Mapping[str, Any], path: Path) -> TableCheck:
    from sim.results.store import read_table
    from sim.results.tables import content_hash, largest_difference, table

    name, sha256 = path.name, about["sha256"]
    new = table(results, path.stem, about.get("weeks"))
    same = content_hash(new) == sha256
    if path.suffix != ".parquet":
        return TableCheck(name, same, "the same" if same else "differs", 0.0 if same else None)
    try:
        old = read_table(path)
    except InputError as error:
        return TableCheck(name, False, error.problems[0].what, None)
    difference = largest_difference(old, new.arrow())
    if content_hash(old) != sha256:
        return TableCheck(name, False, "file changed since written", difference)
    return TableCheck(name, same, "the same, to the bit" if same else "differs", difference)
