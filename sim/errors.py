"""What Uptake says when its input is wrong: where, what, and what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = ["InputError", "Problem", "UptakeError", "did_you_mean"]


class UptakeError(Exception):
    """An error a user can mend; the command line prints it and exits with code 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place.

    Parameters
    ----------
    where : str
        ``file:line:column`` (or as much of it as is known).
    path : str
        The key path inside the file, such as ``timeline[2].dose``; may be empty.
    what : str
        What is wrong, in words.
    right : str
        What would be right.
    """

    where: str
    path: str
    what: str
    right: str

    def __str__(self) -> str:
        place = f"{self.where} {self.path}".strip()
        return f"{place}: {self.what} — {self.right}"


class InputError(UptakeError):
    """All the problems found in the input, each with its place and its mend.

    Examples
    --------
    >>> print(InputError([Problem("plan.yaml:3:9", "weeks", "is 0", "1 to 1040")]))
    plan.yaml:3:9 weeks: is 0 — 1 to 1040
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return a near-miss of ``word`` among ``known``, or the choices there are.

    Examples
    --------
    >>> did_you_mean("colour", ["color", "size"])
    'did you mean color?'
    >>> did_you_mean("zzz", ["color", "size"])
    'one of color, size'
    """
    near = get_close_matches(word, known, n=1, cutoff=0.62)
    return f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
