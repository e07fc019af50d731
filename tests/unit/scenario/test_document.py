import math
import re
import time
import tracemalloc

import pytest

from sim.document import MAX_BYTES, MAX_NODES, decode, parse
from sim.errors import InputError


def test_scalars_are_yaml_1_2_and_plain() -> None:
    tree = parse(
        "a: no\nb: 007\nc: 1e3\nd: [1, -2.5, ~, true]\ne: 2024-01-01\nf: '1'\nno: yes\n", "f"
    )
    assert tree.plain() == {
        "a": "no",
        "b": "007",
        "c": 1000.0,
        "d": [1, -2.5, None, True],
        "e": "2024-01-01",
        "f": "1",
        "no": "yes",
    }
    assert math.isnan(parse(".nan", "f").plain())
    assert parse("-.inf", "f").plain() == -math.inf
    assert parse('"": {a: 1}', "f").plain() == {"": {"a": 1}}
    assert parse("1: x\n~: y", "f").plain() == {"1": "x", "null": "y"}


def test_places() -> None:
    tree = parse("a:\n  - b: 1\n", "f.yaml")
    assert dict(tree.places()) == {
        (): "f.yaml:1:1",
        ("a",): "f.yaml:2:3",
        ("a", 0): "f.yaml:2:5",
        ("a", 0, "b"): "f.yaml:2:8",
    }
    assert tree.keys == {"a": "f.yaml:1:1"}
    assert tree.child("x") is tree.child(0) is None
    assert tree.at(("a", 0, "b")).scalar == 1
    with pytest.raises(KeyError):
        tree.at(("a", 1, "b"))


def test_an_alias_is_its_anchor() -> None:
    assert parse("a: &x {b: 1}\nc: *x\nd: [&y 1, *y]", "f").plain() == {
        "a": {"b": 1},
        "c": {"b": 1},
        "d": [1, 1],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f: is empty — a mapping"),
        ("# nothing", "f: is empty — a mapping"),
        ("a:\n\tb: 1", "f:2:1: a tab stands here — indent with spaces"),
        ("a: [1, 2", "f:1:9: is not YAML (expected ',' or ']'"),
        ("a: b: c", "f:1:5: a colon stands where no key can be — quotes"),
        ("a: 1\nb", "f:2:1: a key without a colon — key: value"),
        ("--- 1\n--- 2", "f:2:1: a second document begins — one document a file"),
        ("[a]: 1", "f:1:1: a list or mapping stands as a key — text as a key"),
        ("? {a: 1}\n: 2", "f:1:3: a list or mapping stands as a key — text as a key"),
        ("a: &l [1]\n? *l\n: 2", "f:2:3: a list or mapping stands as a key — text as a key"),
        ("a: &x [*x]", "f:1:8 a[0]: *x stands for nothing — &x before it"),
        ("a: !!int x", "f:1:4 a: the tag tag:yaml.org,2002:int — no tags"),
        ("a\0", "f: is not YAML (unacceptable character"),
        (": \n" * 40, "f:2:1 null: the key stands here a second time (first in line 1) (39 times"),
        ("a: 1\na: 2", "f:2:1 a: the key stands here a second time (first in line 1) — each"),
    ],
)
def test_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        parse(text, "f")


def test_all_duplicate_keys_at_once() -> None:
    with pytest.raises(InputError) as caught:
        parse("a: 1\na: {c: 1, c: 2}\nb: !x y\n", "f")
    assert [(p.where, p.path) for p in caught.value.problems] == [
        ("f:2:1", "a"),
        ("f:2:11", "a.c"),
        ("f:3:4", "b"),
    ]


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n"
    for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LAUGHS, "holds too many values — at most"),
        ("[" * 20_000, "is nested too deeply — at most 32 levels"),
        ("{a: " * 20_000, "is nested too deeply — at most 32 levels"),
        ("- " * 20_000, "is nested too deeply — at most 32 levels"),
        ("? " * 20_000, "stands as a key"),
        ("- a\n" * 25_000, f"holds too many values — at most {MAX_NODES}"),
        ("x" * (MAX_BYTES + 1), "is too large for a YAML file — at most 1000 kB"),
    ],
)
def test_hostile_files_are_refused_at_once(text: str, said: str) -> None:
    start = time.process_time()
    with pytest.raises(InputError, match=re.escape(said)):
        parse(text, "f")
    assert time.process_time() - start < 20


def test_a_bomb_takes_no_memory() -> None:
    tracemalloc.start()
    with pytest.raises(InputError, match="holds too many values"):
        parse(LAUGHS, "f")
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_decoding() -> None:
    assert decode("é".encode(), "f") == "é"
    assert decode("\ufeffa: 1".encode(), "f") == "a: 1"
    with pytest.raises(InputError, match=r"^f:2:3: is not UTF-8 text — save the file as UTF-8"):
        decode("a\nbcé".encode("latin-1"), "f")
    with pytest.raises(InputError, match=r"^f:1:1: is not UTF-8 text"):
        decode("a".encode("utf-16"), "f")
    assert parse(r'"\ud83d\ude00"', "f").plain() == "\N{GRINNING FACE}"
    with pytest.raises(InputError, match=r"f:1:4 a: holds half a character"):
        parse(r'a: "\ud83d"', "f")
    with pytest.raises(InputError, match="too large"):
        decode(b"x" * (MAX_BYTES + 1), "f")
