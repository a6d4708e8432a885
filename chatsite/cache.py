"""The cache in Redis, with a fallback so that people can sign in while Redis is away."""

import time
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

# For this long a Redis that did not answer is not asked again: a sign-in asks several times, and each would wait.
AWAY_SECONDS = 10.0
# Shared by the whole process, because Django makes a cache object for each thread.
_away = {"until": 0.0}


def _steady(name: str) -> Any:
    """The cache's method of this name, which uses the memory while Redis does not answer."""

    def ask(cache: "SteadyRedisCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _away["until"]:
            try:
                return getattr(RedisCache, name)(cache, *args, **kwargs)
            except (RedisError, OSError) as error:
                _away["until"] = time.monotonic() + AWAY_SECONDS
                log.warning("cache.without_redis", error=str(error)[:200])
        return getattr(cache.memory, name)(*args, **kwargs)

    return ask


class SteadyRedisCache(RedisCache):
    """Django's Redis cache, which uses this process's memory while Redis does not answer.

    It mainly stores counters, such as attempts to sign in. Without Redis each process counts separately.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # No retry, because a person who signs in may be waiting.
        params.setdefault("OPTIONS", {}).setdefault("retry", Retry(NoBackoff(), 0))
        super().__init__(server, params)
        self.memory = LocMemCache("while Redis is away", params)

    add = _steady("add")
    get = _steady("get")
    set = _steady("set")
    touch = _steady("touch")
    delete = _steady("delete")
    get_many = _steady("get_many")
    set_many = _steady("set_many")
    has_key = _steady("has_key")
    incr = _steady("incr")
