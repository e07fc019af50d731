"""YAML text as a tree that knows the line and column of every key and value; and JSON.

The tree is built from parser events, without recursion and without constructing anything
but text, numbers, booleans, null, lists and mappings: no tags, no duplicate keys, bounded
depth and size, so that a hostile file is refused at once. Of JSON, nothing odd is let in either,
and what is written everything can read.
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import isinf
from typing import Any, NoReturn

from sim.errors import InputError, Problem, Problems, control_in, refusal
from sim.sources import read_regular

MAX_BYTES = 1_000_000
"""Largest YAML file."""
MAX_DEPTH = 32
"""Deepest nesting."""
MAX_NODES = 20_000
"""Most keys and values in a file, each alias counted as often as it is used."""
MAX_PROBLEMS = 50
"""So many things wrong with a file are listed before reading it is given up."""
MAX_LINES = 100_000
"""Most lines; a text of a million line breaks is slow to read, and no file anybody wrote."""
MAX_TAG = 200
"""Longest tag that is looked at, to say that there are none."""
WIDTH = 90
"""Longest line of a file that is written, where its words leave the choice."""

Path = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A value of a file and where it stands."""

    file: str
    line: int
    column: int
    """``line``, ``column``: from 1; of the value."""
    scalar: Any = None
    """Text, number, boolean or None, where it is neither a list nor a mapping."""
    items: list[Node] | None = None
    entries: dict[str, Node] | None = None
    keys: dict[str, str] = field(default_factory=dict)
    """``file:line:column`` of each key of a mapping."""
    size: int = 1
    """Number of keys and values in it, itself and each use of an alias counted."""

    @property
    def where(self) -> str:
        """``file:line:column`` of the value."""
        return f"{self.file}:{self.line}:{self.column}"

    def plain(self) -> Any:
        """Return the value as plain lists, mappings and scalars."""
        if self.entries is not None:
            return {key: node.plain() for key, node in self.entries.items()}
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.scalar

    def child(self, step: str | int) -> Node | None:
        """Return the value under a key or a position, where there is one."""
        if self.entries is not None and isinstance(step, str):
            return self.entries.get(step)
        if self.items is not None and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def at(self, path: Path) -> Node:
        """Return the value at a path that is known to be there."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node is not None else None
        if node is None:
            raise KeyError(path)
        return node

    def deepest(self, path: Sequence[str | int]) -> tuple[Path, Node, str]:
        """Return the part of a path that the file has, its node, and where to point.

        A list, a mapping or nothing is pointed at by its key; steps the file does not have (a
        list read as a union) are passed over.
        """
        known: list[str | int] = []
        node, where = self, self.where
        for step in path:
            inner = node.child(step)
            if inner is None:
                continue
            says = inner.scalar is not None
            where = inner.where if says else node.keys.get(str(step), inner.where)
            known.append(step)
            node = inner
        return tuple(known), node, where

    def places(self, path: Path = ()) -> Iterator[tuple[Path, str]]:
        """Yield the path and ``file:line:column`` of this and every value in it."""
        yield path, self.where
        for key, node in (self.entries or {}).items():
            yield from node.places((*path, key))
        for i, node in enumerate(self.items or ()):
            yield from node.places((*path, i))


def decode(data: bytes, file: str) -> str:
    """Return the text of a file.

    Raises InputError where it is too large or not UTF-8; a byte order mark is dropped.
    """
    if len(data) > MAX_BYTES:
        raise refusal(file, "", "is too large for a YAML file", f"at most {MAX_BYTES // 1000} kB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        problem = Problem(
            f"{file}:{line}:{column}", "", "is not UTF-8 text", "save the file as UTF-8"
        )
        raise InputError([problem]) from None


def read_text(path: pathlib.Path, name: str, what: str = "a scenario file", right: str = "") -> str:
    """Return the text of a regular file of bearable size.

    ``name``, ``what`` and ``right`` say for errors how the file is called, what it is, and what
    would be right.
    """
    right = right or f"the path of {what}"
    return decode(read_regular(path, MAX_BYTES, right, name=name, what=what), name)


_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{f"{sign}.{word}": float("inf") for sign in ("", "+") for word in ("inf", "Inf", "INF")},
    **{f"-.{word}": float("-inf") for word in ("inf", "Inf", "INF")},
    **{f".{word}": float("nan") for word in ("nan", "NaN", "NAN")},
}


def _scalar(text: str) -> object:
    """Return what an unquoted text means: YAML 1.2, so that ``no``, dates and 007 stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) <= 300:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


@dataclass(slots=True)
class _Open:
    """A list or mapping that is still being read."""

    node: Node
    anchor: str | None
    key: str | None = None


class _Builder:
    """Builds the tree from parser events; collects what is wrong but can be read on."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems = Problems()
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.size = 0

    def stop(self, mark: Any, what: str, right: str) -> NoReturn:
        """Raise what makes reading on pointless, with everything found before."""
        raise InputError([*self.problems.kept, self.problem(mark, what, right)])

    def problem(self, mark: Any, what: str, right: str) -> Problem:
        """Return a problem at a place, with the keys that are open as its path."""
        path = []
        for one in self.open:
            if one.node.items is not None:
                path.append(f"[{len(one.node.items)}]")
            elif one.key is not None:
                path.append(f".{one.key}")
        where = f"{self.file}:{mark.line + 1}:{mark.column + 1}"
        return Problem(where, "".join(path).removeprefix("."), what, right)

    def note(self, mark: Any, what: str, right: str) -> None:
        """Note a problem, after which reading goes on."""
        one = self.problem(mark, what, right)
        self.problems.add(one.where, one.path, one.what, one.right)

    def take(self, event: Any) -> None:
        """Read one event of the parser on."""
        from ruamel.yaml import events

        mark = event.start_mark
        if self.problems.count >= MAX_PROBLEMS:
            self.stop(mark, "and more from here on", "these mended first")
        if isinstance(event, events.DocumentStartEvent) and self.root is not None:
            self.stop(mark, "a second document begins", "one document a file, no ---")
        elif isinstance(event, events.AliasEvent):
            if event.anchor not in self.anchors:
                self.stop(mark, f"*{event.anchor} stands for nothing", f"&{event.anchor} before it")
            self.add(self.anchors[event.anchor], mark)
        elif isinstance(event, events.ScalarEvent | events.CollectionStartEvent):
            node = Node(self.file, mark.line + 1, mark.column + 1)
            if event.tag is not None:
                self.note(mark, f"the tag {event.tag}", "no tags")
            if isinstance(event, events.ScalarEvent):
                node.scalar = self.scalar(event)
                self.add(node, mark)
                self.remember(event.anchor, node)
            else:
                self.begin(node, event, isinstance(event, events.MappingStartEvent))
        elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
            closed = self.open.pop()
            self.add(closed.node, mark)
            self.remember(closed.anchor, closed.node)

    def scalar(self, event: Any) -> object:
        """Return what a scalar means; half a character is a problem, two halves are one."""
        if event.implicit[0]:
            return _scalar(event.value)
        if control := control_in(event.value):
            self.note(event.start_mark, f"holds a control character ({control})", "text alone")
        try:
            return event.value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            what = "holds half a character (a lone surrogate)"
            self.note(event.start_mark, what, "whole characters")
            return ""

    def begin(self, node: Node, event: Any, is_mapping: bool) -> None:
        """Begin a list or mapping."""
        mark = event.start_mark
        if is_mapping:
            node.entries = {}
        else:
            node.items = []
        if self.open and self.open[-1].node.entries is not None and self.open[-1].key is None:
            self.stop(mark, "a list or mapping stands as a key", "text as a key")
        if len(self.open) >= MAX_DEPTH:
            self.stop(mark, "is nested too deeply", f"at most {MAX_DEPTH} levels")
        self.open.append(_Open(node, event.anchor))

    def remember(self, anchor: str | None, node: Node) -> None:
        """Keep a finished value that has an anchor."""
        if anchor is not None:
            self.anchors[anchor] = node

    def add(self, node: Node, mark: Any) -> None:
        """Put a finished value into the list or mapping that is open."""
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        if top.node.entries is None:
            assert top.node.items is not None
            top.node.items.append(node)
        elif top.key is None:
            self.begin_key(top, node, mark)
            return
        else:
            top.node.entries[top.key] = node
            top.key = None
        top.node.size += node.size
        if top.node.size > MAX_NODES:
            self.stop(mark, "holds too many values", f"at most {MAX_NODES}, aliases written out")

    def begin_key(self, top: _Open, node: Node, mark: Any) -> None:
        """Let a finished value be the key of what comes next."""
        if node.items is not None or node.entries is not None:
            self.stop(mark, "a list or mapping stands as a key", "text as a key")
        top.node.size += 1
        top.key = "null" if node.scalar is None else str(node.scalar)
        if (odd := look_alike(top.key)) is not None:
            self.note(mark, *odd)
        if top.key in top.node.keys:
            first = top.node.keys[top.key].removeprefix(f"{self.file}:").split(":")[0]
            what = f"the key stands here a second time (first in line {first})"
            self.note(mark, what, "each key once")
        top.node.keys.setdefault(top.key, f"{self.file}:{mark.line + 1}:{mark.column + 1}")


@cache
def _scanner() -> Any:
    """Return a scanner that gives up where the library's own would go on for minutes."""
    from ruamel.yaml.scanner import Scanner, ScannerError

    class Bounded(Scanner):  # type: ignore[misc, unused-ignore]
        def fetch_more_tokens(self) -> Any:
            if self.flow_level > MAX_DEPTH:
                raise ScannerError(None, None, "nested too deeply", self.reader.get_mark())
            return super().fetch_more_tokens()

        def scan_tag(self) -> Any:
            ahead = self.reader.prefix(MAX_TAG)
            if not any(one in ahead for one in " \n\r\0"):
                raise ScannerError(None, None, "an endless tag", self.reader.get_mark())
            return super().scan_tag()

    return Bounded


def parse(text: str, file: str, *, right: str = "a mapping with name, timeline, …") -> Node:
    """Return the tree of a YAML text.

    ``file`` is its name for errors, ``right`` what would be right where there is nothing in it.
    Raises InputError for anything but one YAML document without tags, duplicate keys and too much
    of anything.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > MAX_BYTES:
        raise refusal(file, "", "is too large for a YAML file", f"at most {MAX_BYTES // 1000} kB")
    if text.count("\n") > MAX_LINES:
        raise refusal(file, "", f"has more than {MAX_LINES:,} lines", "a file that somebody wrote")
    builder = _Builder(file)
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _scanner()
    try:
        for event in yaml.parse(text):
            builder.take(event)
    except MarkedYAMLError as error:
        if odd := _odd_line(text, file):
            before = [problem for problem in builder.problems.kept if problem.where != odd.where]
            raise InputError([*before, odd]) from None
        what, mend = _mend(str(error.problem or error.context or "is not YAML"))
        begins = "without a colon" in what  # the parser notices only where the key ends
        mark = error.context_mark if begins else error.problem_mark or error.context_mark
        where = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        raise InputError([*builder.problems.kept, Problem(where, "", what, mend)]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        what = " ".join(str(error).split())[:120]
        problem = Problem(file, "", f"is not YAML ({what})", "plain YAML text")
        raise InputError([*builder.problems.kept, problem]) from None
    if builder.problems.count:
        raise InputError(builder.problems.kept)
    if builder.root is None:
        raise refusal(file, "", "is empty", right)
    return builder.root


_BLANK = re.compile(r"[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]")
_DASH = re.compile(r"[\u2010-\u2015\u2212](?=\s)")
_INDENT = re.compile(rf"[ \t]*({_BLANK.pattern}|{_DASH.pattern})")


def look_alike(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a text that begins with a dash, or holds a blank, not plain."""
    dash = _DASH.match(text)
    found = dash or _BLANK.search(text)
    if found is None:
        return None
    name = unicodedata.name(found[0], "odd blank").lower()
    plain = "hyphen (-)" if dash else "blank"
    return f"U+{ord(found[0]):04X} ({name}) stands here, not a plain {plain}", f"a plain {plain}"


def _odd_line(text: str, file: str) -> Problem | None:
    """Return the first line that is indented, or marked as an item, by a look-alike."""
    for number, line in enumerate(text.splitlines(), 1):
        if (found := _INDENT.match(line)) and (odd := look_alike(line[found.start(1) :])):
            return Problem(f"{file}:{number}:{found.start(1) + 1}", "", *odd)
    return None


def _mend(problem: str) -> tuple[str, str]:
    """Return what is wrong and what would be right for a syntax error of the parser."""
    if "'\\t'" in problem or "tab" in problem.lower():
        return "a tab stands here", "indent with spaces"
    if "mapping values are not allowed" in problem:
        return "a colon stands where no key can be", "quotes around the text, or a new line"
    if problem == "nested too deeply":
        return "is nested too deeply", f"at most {MAX_DEPTH} levels"
    if problem == "an endless tag":
        return "an endless tag stands here", "no tags"
    if "could not find expected ':'" in problem:
        return "a key without a colon", "key: value"
    return f"is not YAML ({problem})", "quotes, brackets and indentation that match"


_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a character as JSON spells it; it may still be one of two."""


def from_json(text: str | bytes) -> Any:
    r"""Return what JSON says, in UTF-8.

    Raises ValueError where it is no JSON, and for what no other language reads: NaN and infinity,
    numbers that are as good as infinite, half a character; and where it is nested too deeply.

    >>> from_json('{"a": [1, 0.5, "\\ud83d\\ude00"]}')
    {'a': [1, 0.5, '😀']}
    >>> from_json('[1e999]')
    Traceback (most recent call last):
    ValueError: 1e999 is no number: it is too large
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        content = json.loads(
            text, parse_float=_finite, parse_int=_whole, parse_constant=_refuse_constant
        )
        if _HALF.search(text):
            json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = ascii(error.object[error.start])[1:-1]
        raise ValueError(f"holds half a character ({half})") from None
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return content


def to_json(content: Any, indent: int = 1) -> str:
    """Return plain data as the text of a JSON file; half a character is a question mark."""
    text = json.dumps(content, indent=indent, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode() + "\n"


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"{text[:20]} is no number: it is too large")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def yaml_text(data: object, width: int = WIDTH) -> str:
    r"""Return plain data as the text of a YAML file.

    Raises ValueError for data that is not plain.

    >>> yaml_text({"weeks": 26, "notes": ["made up"]})
    'weeks: 26\nnotes:\n  - made up\n'
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML()
    yaml.width = width
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    try:
        yaml.dump(data, stream)
    except YAMLError as error:
        raise ValueError(str(error)) from None
    return stream.getvalue()
