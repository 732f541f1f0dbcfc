"""The set of hashes: it forgets none, and takes the memory that it states."""

import random
import tracemalloc

from app.cli.bulk.hash_set import HashSet


def test_each_hash_is_new_once():
    numbers = [random.Random(7).getrandbits(64) for _ in range(5000)] + [0, 1024, 2048, 2**64 - 1]  # noqa: S311  not secrets
    found = HashSet()

    assert [found.add(number) for number in dict.fromkeys(numbers)] == [True] * len(set(numbers))
    assert not any(found.add(number) for number in numbers)


def test_a_hash_takes_32_bytes_at_most():
    """A file of a million rows would take 70 MB more as a set of integers."""
    chance = random.Random(7)  # noqa: S311  not a secret
    tracemalloc.start()
    try:
        found = HashSet()
        for _ in range(20_000):
            found.add(chance.getrandbits(64))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert size < 20_000 * 32 + 2000
