"""What somebody with an editor would do to a file of a folder, one deliberate change at a time."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

__all__ = ["Change", "changes"]

Change = Callable[[Path], object]
"""Given a file that is there, puts something else in its place."""

GONE, TWICE = object(), object()


def changes(data: bytes, rel: Path, outside: Path) -> dict[str, Change]:
    """Return every change by hand of a file, by what it is.

    Parameters
    ----------
    data : bytes
        What the file holds.
    rel : Path
        Where it is, in the folder that holds the folder.
    outside : Path
        A folder that nothing may be read from or written to; links and paths lead there.
    """
    found: dict[str, Change] = {name: partial(act, outside) for name, act in PLACES.items()}
    found |= {name: partial(_written, content(data)) for name, content in CONTENTS.items()}
    for parent in rel.parents[:-2]:  # neither the current folder nor the folder itself
        for name, act in PLACES.items():
            found[f"{parent}: {name}"] = partial(_of_parent, act, outside, len(rel.parts), parent)
    if rel.suffix in (".json", ".yaml"):
        document = _read(data)
        for at in _fields(document, ()):
            for name, value in _values(outside).items():
                found[f"{'.'.join(map(str, at))}: {name}"] = partial(_set, document, at, value)
    return found


def _values(outside: Path) -> dict[str, Any]:
    """What may stand in a field's place, by name."""
    deep: Any = None
    for _ in range(400):
        deep = [deep]
    return {
        "gone": GONE, "twice": TWICE, "null": None, "list": [], "mapping": {}, "yes": True,
        "text": "x", "no text": "", "in a list": ["x"], "in a mapping": {"a": 1}, "deep": deep,
        "zero": 0, "half": 0.5, "negative": -1, "huge": 10**400, "large": 1e308,
        "nan": float("nan"), "infinite": float("inf"), "long": "x" * 100_000,
        "path up": "../outside/secret.csv", "path": str(outside / "secret.csv"),
        "new path": str(outside / "made"), "device": "/dev/zero", "nul": "a\0b",
        "half a letter": "\ud800", "pattern": "*", "template": "{{7*7}}%s{0}$(x)",
        "sql": "x\"'; COPY (SELECT 7) TO 'made.csv'; --", "escape": "\x1b]0;x\x07\x1b[31m[red]x",
    }  # fmt: skip


CONTENTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "half of it": lambda data: data[: len(data) // 2],
    "twice over": lambda data: data * 2,
    "other letters": lambda data: data.decode("latin-1").encode("utf-16"),
    "no letters": lambda data: b"\xff\xfe\xfa" + data,
    "another document": lambda data: b'{"a": [1, {"b": null}]}',
    "another table": lambda data: b"a,b\n1,2\n",
    "deep lists": lambda data: b"[" * 100_000,
    "deep mappings": lambda data: b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "an archive": lambda data: b"PK\x03\x04" + bytes(60),
    "a column store": lambda data: b"PAR1" + bytes(60) + b"PAR1",
}
"""What a file may hold instead, by name."""


def _gone(outside: Path, path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _link_out(outside: Path, path: Path) -> None:
    target = outside / path.name
    shutil.move(path, target)
    path.symlink_to(target)


def _after(act: Change) -> Callable[[Path, Path], None]:
    def acted(outside: Path, path: Path) -> None:
        _gone(outside, path)
        act(path)

    return acted


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))  # names of sockets are short


PLACES: dict[str, Callable[[Path, Path], None]] = {
    "gone": _gone,
    "link out": _link_out,
    "a file": _after(lambda path: path.write_bytes(b"")),
    "a folder": _after(lambda path: path.mkdir()),
    "a pipe": _after(lambda path: os.mkfifo(path)),
    "a socket": _after(_socket),
    "a device": _after(lambda path: path.symlink_to("/dev/zero")),
    "a circle": _after(lambda path: path.symlink_to(path.name)),
    "a link to nothing": _after(lambda path: path.symlink_to("nothing")),
}
"""What may stand in the place of a file or a folder, by name."""


def _written(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _of_parent(
    act: Callable[[Path, Path], None], outside: Path, depth: int, parent: Path, path: Path
) -> None:
    act(outside, path.parents[depth - len(parent.parts) - 1])


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        try:
            return json.loads(json.dumps(YAML(typ="safe").load(data), default=str))
        except YAMLError:
            return None


def _fields(content: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every field; of a list its first, of many numbers by name the first."""
    keys = list(content) if isinstance(content, dict) else [*range(len(content or ()))][:1]
    if len(keys) > 3 and all(isinstance(content[key], float) for key in keys):
        keys = keys[:1]
    for key in keys:
        yield (*at, key)
        if isinstance(content[key], dict | list):
            yield from _fields(content[key], (*at, key))


def _set(content: Any, at: tuple[Any, ...], value: Any, path: Path) -> None:
    """Write a document with another value in one place; JSON is YAML too."""
    changed = holder = json.loads(json.dumps(content))
    *before, key = at
    for step in before:
        holder = holder[step]
    mark = "stands here twice"
    if value is GONE:
        del holder[key]
    elif value is TWICE and isinstance(holder, dict):
        kept = holder.pop(key)
        holder |= {mark: None, key: kept}
    elif value is TWICE:
        holder.append(holder[key])
    else:
        holder[key] = value
    path.write_text(json.dumps(changed).replace(json.dumps(mark), json.dumps(str(key))), "utf-8")
