"""Keys and seeds that are the same everywhere."""

from __future__ import annotations

import numpy as np

from sim.randomness import Stream, hash_text, replicate_seeds


def test_known_keys() -> None:
    """Written down once: a client's results hang on them for ever."""
    assert hash_text("") == 13020603013274838756
    assert hash_text("Ærlig ☂") == 16192887101802176582
    assert replicate_seeds(0, 2).tolist() == [
        hash_text("replicate 0/0"),
        hash_text("replicate 0/1"),
    ]


def test_keys_of_many_names_differ() -> None:
    names = [f"{word}{i}" for word in ("p", "team ", "ä") for i in range(20000)]
    assert len({hash_text(name) for name in names}) == len(names)


def test_case_and_space_matter() -> None:
    assert len({hash_text(name) for name in ("Ann", "ann", "Ann ", " Ann")}) == 4


def test_seeds() -> None:
    seeds = replicate_seeds(7, 5)
    assert seeds.dtype == np.uint64
    assert seeds.shape == (5,)
    assert (replicate_seeds(7, 3) == seeds[:3]).all()
    assert not np.isin(replicate_seeds(8, 5), seeds).any()
    assert replicate_seeds(0, 0).shape == (0,)
    assert not np.isin(replicate_seeds(1, 12)[:2], replicate_seeds(11, 2)).any()


def test_every_set_has_seeds_of_its_own() -> None:
    own = replicate_seeds(7, 5, sets=4)
    assert own.shape == (4, 5)
    assert len(np.unique(own)) == 20
    assert (own[0] == replicate_seeds(7, 5)).all()
    assert (replicate_seeds(7, 3, sets=2) == own[:2, :3]).all()
    assert not np.isin(replicate_seeds(8, 5, sets=4), own).any()
    assert replicate_seeds(7, 2, sets=1).shape == (1, 2)


def test_streams_are_small_distinct_numbers() -> None:
    numbers = [int(stream) for stream in Stream]
    assert len(set(numbers)) == len(Stream)
    assert min(numbers) > 0
