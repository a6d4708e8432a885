"""The cache in Redis answers while Redis does not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from chatsite import cache as room
from chatsite.cache import SteadyRedisCache


@pytest.fixture(autouse=True)
def _back() -> Iterator[None]:
    yield
    room._away["until"] = 0.0


def test_without_redis_it_counts_in_its_own_memory() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        cache = SteadyRedisCache(f"redis://127.0.0.1:{nobody.getsockname()[1]}/0", {})
        assert cache.get("tries", 0) == 0
        assert cache.add("tries", 1, 60)
        assert not cache.add("tries", 5, 60)
        assert cache.incr("tries") == 2
        cache.set_many({"a": 1})
        assert cache.get_many(["a", "b"]) == {"a": 1}
        assert cache.delete("tries")
        assert not cache.has_key("tries")


def test_a_redis_that_does_not_answer_is_waited_for_once() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        options = {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}
        cache = SteadyRedisCache(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", options)
        began = time.monotonic()
        for number in range(20):
            cache.set(f"key{number}", number)
        assert time.monotonic() - began < 1
