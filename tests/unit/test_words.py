"""Code and documents use the field's words: what ``docs/glossary.md`` lists, not a dialect."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

DIALECT = {
    r"worlds?": "replicate, or PopulationArrays",
    r"lived": "simulated, run",
    r"luck": "random numbers, common random numbers, chance",
    r"programmes?": "case",
    r"told_[a-z]+|[a-z]+_told|(?-i:TOLD)": "visible, reported",
    r"wish(es)?": "candidate",
    r"held_back|hold_back": "barriers",
    r"knockout": "selection of Kim and Nelson",
    r"clash(es)?_[a-z]+": "infeasible subset",
    r"(?-i:Kit|House|Prefixes|Material)": "what it holds: WorkerContext, ServerState, …",
}
"""Words that are not used, and what stands for them."""

KEPT = (
    r"""["'](worlds?|knockout)["']""",  # keys of files and of the page's data
    r"``worlds?``|--worlds[` |\w]*",
    r"\(key `\w+` in files",
    r"of_worlds|worlds: _Count",  # a column of noise.csv, a key of answer.json
    r'f"world \{[^"]*"',  # hashed: it makes the seeds of plans' replicates
    r"lived through by the same people",
    r"[Aa]nother world|real world|(payload|answer|effect)\.worlds|\bworlds: (all|replicates)\b",
)
"""Where they stay: keys and options that files and users hold, and plain English."""

PLACES = (
    "sim/**/*.py",
    "sim/**/*.j2",
    "sim/**/*.js",
    "docs/**/*.md",
    "docs/*.py",
    "README.md",
    "CONTRIBUTING.md",
)


def dialect_in(text: str) -> list[str]:
    """Return the lines of a text that use a word of the dialect, each with the word to use."""
    words = {_word(word): said for word, said in DIALECT.items()}
    kept, any_word = re.compile("|".join(KEPT)), _word("|".join(DIALECT))
    return [
        f"{number}: {match.group()} — {said}"
        for number, line in enumerate(text.splitlines(), 1)
        if any_word.search(line)
        for pattern, said in words.items()
        if (match := pattern.search(kept.sub("", line)))
    ]


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-zA-Z])(?i:{pattern})(?![a-zA-Z])")


@pytest.mark.parametrize("place", PLACES)
def test_no_word_of_the_dialect_comes_back(place: str) -> None:
    files = [file for file in ROOT.glob(place) if file.name != "claims.md"]  # recorded texts
    assert files
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in files
        for line in dialect_in(file.read_text("utf-8"))
    ]
    assert not found, "\n".join(found)


def test_a_word_of_the_dialect_is_found() -> None:
    assert dialect_in("In how many worlds") == ["1: worlds — replicate, or PopulationArrays"]
    assert dialect_in("n_worlds = luck")[1:] == ["1: luck — " + DIALECT["luck"]]
    assert not dialect_in('row["worlds"], people live through it')


def test_no_two_public_classes_share_a_name() -> None:
    named = Counter(
        name
        for file in ROOT.glob("sim/**/*.py")
        for name in re.findall(r"^ *class ([A-Za-z]\w*)[:(]", file.read_text("utf-8"), re.MULTILINE)
    )
    assert named["Case"] == 1
    assert [name for name, times in named.items() if times > 1] == []
