"""What a killed computation has kept is taken up again, and nothing else is."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest

from sim.errors import InputError
from sim.results.key import LARGEST, Form, KeptArrays, Key, _digest

RIGHT = "another name"
FORMS = {"values": Form(("n", 2)), "at": Form(("n",), 0, kind="whole")}


def key(seed: int = 0, version: int = 1) -> Key:
    return Key.of("plan", version, people=[], scenario=[], parameters=[], seed=seed)


@pytest.fixture
def kept(tmp_path: Path) -> KeptArrays:
    kept = KeptArrays(tmp_path / "kept", key(), RIGHT)
    kept.write("one", values=np.arange(6.0).reshape(3, 2), at=np.arange(3))
    return kept


def test_what_is_kept_is_given_back_to_the_bit(kept: KeptArrays) -> None:
    before = kept.path("one").read_bytes()
    again = kept.read("one", FORMS)
    np.testing.assert_array_equal(again["values"], np.arange(6.0).reshape(3, 2))
    kept.within("deeper").write("one", **again)
    assert (kept.folder / "deeper" / "one.npz").read_bytes() == before
    assert kept.names() == ["one"]


def test_what_is_kept_is_not_computed_again(kept: KeptArrays) -> None:
    def no() -> dict[str, np.ndarray]:
        raise AssertionError("computed again")

    kept.once("one", FORMS, no)
    kept.once("two", FORMS, lambda: {"values": np.zeros((1, 2)), "at": np.zeros(1, int)})
    assert kept.names("t*") == ["two"]
    kept.once("two", FORMS, no)


@pytest.mark.parametrize(
    ("other", "words"),
    [(key(seed=1), "another seed"), (key(version=2), "another version of Uptake")],
)
def test_what_hangs_on_something_else_is_refused(kept: KeptArrays, other: Key, words: str) -> None:
    with pytest.raises(InputError, match=f"one.npz.*{words}.*{RIGHT}"):
        KeptArrays(kept.folder, other, RIGHT).read("one", FORMS)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_nothing_is_read_or_written_through_a_link_out(kept: KeptArrays, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "chain").mkdir(parents=True)
    (kept.folder / "deeper").symlink_to(outside)
    deeper = kept.within("deeper").within("chain")
    for act in (
        deeper.swept,
        deeper.names,
        lambda: deeper.read("one", FORMS),
        lambda: deeper.write("one", at=np.zeros(1)),
    ):
        with pytest.raises(InputError, match="is a link out of the folder"):
            act()
    assert list(outside.rglob("*")) == [outside / "chain"]


def _torn(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:100])


def _pickled(file: Path) -> None:
    np.savez(file, study=np.array([{}], object), values=np.zeros((1, 2)), at=np.zeros(1))


def _without_key(file: Path) -> None:
    np.savez(file, values=np.zeros((1, 2)), at=np.zeros(1))


def _of_other_numbers(file: Path) -> None:
    with np.load(file) as stored:
        arrays = dict(stored)
    np.savez(file, **arrays | {"values": np.full_like(arrays["values"], np.nan)})


def _linked(file: Path) -> None:
    os.replace(file, file.parents[1] / "elsewhere")
    file.symlink_to(file.parents[1] / "elsewhere")


@pytest.mark.parametrize("spoilt", [_torn, _pickled, _without_key, _of_other_numbers, _linked])
def test_a_file_that_is_not_as_written_is_refused(
    kept: KeptArrays, spoilt: Callable[[Path], None]
) -> None:
    spoilt(kept.path("one"))
    with pytest.raises(InputError, match=r"one\.npz"):
        kept.read("one", FORMS)


@pytest.mark.parametrize(
    "forms",
    [{"values": Form(("n", 3))}, {"values": Form(("n",))}, {"at": Form((2,))},
     {"values": Form(("n", "n"))}, {"at": Form(("n",), kind="text")},
     {"values": Form(("n", 2), kind="whole")}],
)  # fmt: skip
def test_arrays_of_another_shape_are_refused(kept: KeptArrays, forms: dict[str, Form]) -> None:
    with pytest.raises(InputError, match="is of another kind or shape"):
        kept.read("one", forms)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.1, 1e300, 2 * LARGEST])
def test_numbers_out_of_range_are_refused(kept: KeptArrays, value: float) -> None:
    kept.write("two", values=np.array([[0.5, value]]), at=np.zeros(1, int))
    forms = {**FORMS, "values": Form(("n", 2), 0)}
    with pytest.raises(InputError, match=r"two\.npz values: holds .*, no number from 0 to 1e"):
        kept.read("two", forms)


def test_what_is_packed_is_not_unpacked(kept: KeptArrays) -> None:
    with np.load(kept.path("one")) as stored:
        arrays = dict(stored) | {"values": np.zeros((10_000, 2)), "at": np.zeros(10_000, int)}
    arrays["digest"] = _digest({name: one for name, one in arrays.items() if name != "digest"})
    np.savez_compressed(kept.path("one"), **arrays)
    with pytest.raises(InputError, match="it is packed"):
        kept.read("one", FORMS)


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_a_kill_while_a_file_is_written_costs_that_file_only(
    kept: KeptArrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(stream: BinaryIO, **arrays: np.ndarray) -> None:
        stream.write(b"PK half an archive")
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        monkeypatch.setattr(np, "savez", torn)
        kept.write("two", at=np.zeros(1))
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert len(list(kept.folder.iterdir())) == 2
    assert kept.swept().names() == ["one"]
    assert len(list(kept.folder.iterdir())) == 1
