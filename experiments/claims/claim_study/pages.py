"""The pages about claims, written from what is recorded: README of a study, docs/claims.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from claim_study.record import shipped_row
from sim.analysis.claims import (
    amount_with_range,
    chances,
    controls_said,
    finding,
    independence_said,
    region_said,
    stop_said,
    structure_said,
)
from sim.numbers import figure, fixed, share

__all__ = ["claims_page", "readme_of"]

Result = Mapping[str, Any]
WRITTEN = (
    "<!-- Written by experiments/claims/run.py from result.json: change the study, then run it. -->"
)
NOT_SUPPORTED = (
    ("contradicted", "Clearly fails in at least 95% of cases"),
    ("more likely not", "Clearly fails in at least 75% of cases"),
    ("no difference that matters", "No difference of a size that matters in at least 95%"),
    ("probably none that matters", "No difference of a size that matters in at least 75%"),
    ("not supported", "Holds in at most 5% of cases; else it fails or is too close to call"),
    ("open", "Open: it hangs on what is not known"),
)
SUPPORTED = (
    ("supported", "Holds in at least 95% of cases"),
    ("likely", "Holds in at least 75% of cases"),
)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def bounds_said(row: Result) -> str:
    """Return how often there was no room for a difference, or nothing where that is rare."""
    bounds = row["at_bounds"]
    if not bounds or bounds["nobody"] + bounds["everybody"] < 0.05:
        return ""
    return (
        f"In {share(bounds['nobody'])} of cases every arm stays under 2%, in "
        f"{share(bounds['everybody'])} all are above 98%: there nothing could differ."
    )


def _effects(result: Result) -> list[str]:
    rows = [
        (
            f"**{effect['name']}**" if k == 0 else effect["name"],
            amount_with_range(effect),
            chances(effect),
        )
        for k, effect in enumerate(result["found"]["effects"])
    ]
    return _table(("effect", "mean (middle 95%)", "holds / too close / fails"), rows)


def _level(value: float, unit: str) -> str:
    return figure(value, unit)


def _arms(result: Result) -> list[str]:
    """Return the arms' means; of many arms the ten highest and the lowest."""
    study, arms = result["study"], result["found"]["arms"]
    measures = study["measures"]
    first = next(iter(measures))
    names = list(study["shown"])
    if len(names) > 12:
        names.sort(key=lambda arm: -arms[arm][first][0])
        names = [*names[:8], *names[-4:]]
    rows = [
        (
            arm,
            *(_level(arms[arm][name][0], about["unit"]) for name, about in measures.items()),
        )
        for arm in names
    ]
    head = ("arm", *(f"{about['meaning']}" for about in measures.values()))
    note = ["", f"The eight highest and four lowest of {len(study['shown'])}."]
    return _table(head, rows) + (note if len(study["shown"]) > 12 else [])


def _body(result: Result, deeper: str) -> list[str]:
    """Return what README and page share, below a heading."""
    study, row = result["study"], shipped_row(result)
    prior = result["prior"]
    lines = ["**Method.** " + study["method"], ""]
    lines += ["**Finding.** " + finding(row)]
    lines[-1] += (
        f" Before any target was looked at (prior) it held in {share(prior['for'])} and failed in "
        f"{share(prior['against'])}."
    )
    lines[-1] += f" {bounds_said(row)}".rstrip()
    lines += ["", *_effects(result), "", "Means by arm:", "", *_arms(result), ""]
    lines += [f"{deeper} Where it does not hold", "", region_said(row), "", structure_said(row), ""]
    lines += [f"{deeper} How far to trust this", "", independence_said(row)]
    lines += ["", *([study["note"], ""] if study["note"] else [])]
    lines += [_controls(row, study), ""]
    lines += [stop_said(row)]
    skipped = {**result["manifest"]["skipped"], **result["found"]["skipped"]}
    if skipped:
        lines += ["", "Not run on: " + "; ".join(f"{k} ({v})" for k, v in skipped.items()) + "."]
    return lines


def _controls(row: Result, study: Result) -> str:
    return f"Negative controls: {study['twin_says']}. {controls_said(row)}"


def readme_of(result: Result) -> str:
    """Return the README of a study's folder: question, method, finding."""
    study = result["study"]
    picture = f"../../../docs/images/claims/{study['id'].lower()}.png"
    lines = [f"# {study['id']}. {study['title']}", "", WRITTEN, ""]
    lines += [f"**Question.** {study['claim']} Tested as: {study['hypothesis']}", ""]
    lines += [f"![Levels by arm and the effect by organisation]({picture})", ""]
    lines += _body(result, "##")
    lines += ["", "## Run it", "", f"    python experiments/claims/run.py {study['id']}", ""]
    sample = result["manifest"]["sample"]
    lines += [
        f"Recorded in `result.json` with its manifest: {sample['sets']} sets of "
        f"`{sample['name']}`, SHA-256 of the sample {sample['sha256'][:12]}…"
    ]
    return "\n".join(lines).rstrip() + "\n"


def _summary(results: Sequence[Result]) -> list[str]:
    rows = []
    for result in results:
        study, found = result["study"], result["found"]
        effect = found["effects"][0]
        rows.append(
            (
                f"[{study['id']}](#{_anchor(study)})",
                study["claim"],
                f"**{found['verdict']}**",
                chances(effect),
                share(result["prior"]["for"]),
                amount_with_range(effect),
                study["could_fail"],
                ", ".join(study["informed_by"]) or "–",
            )
        )
    return _table(
        (
            "", "claim", "verdict", "holds / too close / fails", "prior", "effect",
            "could it fail?", "calibrated on",
        ),
        rows,
    )  # fmt: skip


def _anchor(study: Result) -> str:
    title = f"{study['id']} {study['title']}".lower()
    return "".join(c for c in title if c.isalnum() or c in " -_").replace(" ", "-")


def _listed(results: Sequence[Result], groups: Sequence[tuple[str, str]]) -> list[str]:
    lines: list[str] = []
    for verdict, said in groups:
        chosen = [one for one in results if one["found"]["verdict"] == verdict]
        if not chosen:
            continue
        lines += [f"{said}:", ""]
        for result in chosen:
            study, effect = result["study"], result["found"]["effects"][0]
            lines.append(
                f"- **{study['id']}** {study['claim']} {effect['name'][0].upper()}"
                f"{effect['name'][1:]}: {amount_with_range(effect)}; holds / too close / fails "
                f"{chances(effect)}."
            )
        lines.append("")
    return lines or ["None.", ""]


def _missed(targets: Sequence[Mapping[str, str]]) -> list[str]:
    """Return what calibration could not bring the model to, which colours every claim."""
    beyond = [one for one in targets if "beyond" in one["why"]]
    strained = [one for one in targets if one["verdict"] != "met" and one not in beyond]
    if not targets:
        return []
    lines = [
        "## What the calibrated model gets wrong",
        "",
        "A claim is told by a model that does not meet all of its "
        "[targets](../experiments/calibration/result/report.md). Read each in that light.",
        "",
    ]
    for said, chosen in (
        ("Beyond its reach, whatever the parameters", beyond),
        ("Strained", strained),
    ):
        lines += [
            f"- {said}: {one['name']} (figure {fixed(float(one['observed']))}, model "
            f"{fixed(float(one['posterior_50']))}, middle 90% "
            f"{fixed(float(one['posterior_5']))} to "
            f"{fixed(float(one['posterior_95']))}): {one['says']} {one['source']}."
            for one in chosen
        ]
    return [*lines, ""]


def claims_page(results: Sequence[Result], targets: Sequence[Mapping[str, str]] = ()) -> list[str]:
    """Return the lines of docs/claims.md below its title.

    Parameters
    ----------
    results : sequence of mapping
        As recorded, in the order of the claims.
    targets : sequence of mapping
        Lines of the reference calibration's ``targets.csv``.
    """
    if not results:
        return ["No claims are recorded yet: run `python experiments/claims/run.py`."]
    first = results[0]
    sample, places = first["manifest"]["sample"], first["manifest"]["organisations"]
    lines = [
        "The two documents behind Uptake make claims. They are hypotheses here: each is put to the",
        "model as a small experiment, over all that is held plausible of its parameters. What "
        "comes out",
        "says what the model's assumptions and its calibration targets imply, **not what happens "
        "in",
        "firms**; a null result is a result. Every number on this page comes from a recorded run "
        "with a",
        "manifest ([experiments/claims](../experiments/claims)); `uptake claims` prints the table.",
        "",
        "## All claims",
        "",
        "![How often each claim holds and fails](images/claims/overview.png)",
        "",
        *_summary(results),
        "",
        "- **Holds / too close / fails**: shares of cases, a case being one parameter set on one "
        "organisation, with chance averaged down. The effect must be larger than a margin that "
        "is fixed beforehand, one point for shares of people unless the study says otherwise; as "
        "far on the other side it fails; between, it is too close to call. Supported means 95% "
        "of cases or more, likely 75% or more; the same rule holds for failing and for too "
        "close. Not supported: it holds in at most 5%, and neither of the other two reaches 75%.",
        "- **Prior**: how often the claim holds before any calibration target was looked at.",
        "- **Effect**: mean, and the middle 95% over cases: doubt about parameters and "
        "organisations, not chance (averaged down), not doubt about the model's structure (below "
        "each claim: what happens with single mechanisms switched off).",
        "- **Could it fail?** Whether the model, as built, could have come out against the "
        "claim. A claim that is built in says nothing by holding.",
        "- **Calibrated on**: targets that hold a related pattern; there it is no independent "
        "test.",
        "",
        f"Sample: {sample['sets']} parameter sets of `{sample['name']}` (SHA-256 "
        f"{sample['sha256'][:12]}…). Organisations: "
        + "; ".join(
            f"{name} ({about['people']} people{', real network' if about['real'] else ''})"
            for name, about in places.items()
        )
        + ".",
        "",
        "## Not supported",
        "",
        *_listed(results, NOT_SUPPORTED),
        "## Supported",
        "",
        *_listed(results, SUPPORTED),
        *_missed(targets),
    ]
    for result in results:
        study = result["study"]
        lines += [f"## {study['id']}. {study['title']}", ""]
        lines += [f"> {study['claim']}", "", f"**Hypothesis.** {study['hypothesis']}", ""]
        lines += [f"![{study['title']}](images/claims/{study['id'].lower()}.png)", ""]
        lines += [*_body(result, "###"), ""]
    return lines
