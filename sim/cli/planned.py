"""What uptake plan said of a scenario file that it wrote, beside what another command finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.results import Results

__all__ = ["planned_notes"]


def planned_notes(results: Results, files: Sequence[str]) -> Iterator[str]:
    """Yield, for each file out of a plan's folder, both figures and why they differ."""
    for place, file in enumerate(map(Path, files)):
        if file.is_file() and (file.parent / "answer.json").is_file():
            yield from _note(results, place, file)


def _note(results: Results, place: int, file: Path) -> Iterator[str]:
    from sim.analysis.plan.folder import ANSWER, read_answer
    from sim.analysis.plan.stored import StoredAnswer
    from sim.errors import InputError
    from sim.numbers import figure
    from sim.results.manifest import file_hash

    try:
        answer = read_answer(file.parent)
        stored = StoredAnswer.read(answer, str(file.parent / ANSWER))
        written = {str(one["file"]): (k, one["sha256"]) for k, one in enumerate(answer["plans"])}
        sets = int(answer["parameter_sets"])
        at, digest = written[file.name]
        planned = stored.plans[at].value
    except (InputError, KeyError, TypeError, ValueError, IndexError):
        return  # somebody else's answer.json, or another file beside it
    measure = None if stored.asked is None or stored.asked.less else stored.asked.measure
    if planned is None or measure is None or measure.how in ("first", "worst team"):
        return
    here = float(results.measure(measure)[place].mean())
    why = f"{results.n_samples} of its {sets} parameter sets in other replicates, so by chance"
    if file_hash(file) != digest:
        why = "the file was changed since"
    elif results.n_samples == 1:
        why = (
            f"it was planned over {sets} parameter sets, this is the default set alone "
            "(--uncertainty parameters)"
        )
    yield (
        f"{results.names[place]}: {stored.objective} is {figure(planned.mean, stored.unit)} by "
        f"uptake plan and {figure(here, stored.unit)} here: {why}"
    )
