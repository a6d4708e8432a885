"""The cache in Redis, for a site whose people must be able to sign in while Redis is away."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = structlog.get_logger(__name__)

# A Redis that did not answer is left alone for so long: a sign-in asks several times, and each would wait again.
AWAY_SECONDS = 10.0
# Of the whole process: Django makes a cache object for each thread.
_away = {"until": 0.0}


class SteadyRedisCache(RedisCache):
    """Django's Redis cache; what Redis does not answer is answered from this process's own memory.

    What is kept here is counted, above all: who tried to sign in how often. Without Redis each process counts for itself.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # No second try: whoever waits here wants to sign in.
        params.setdefault("OPTIONS", {}).setdefault("retry", Retry(NoBackoff(), 0))
        super().__init__(server, params)
        self._own = LocMemCache("while Redis is away", params)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().add, self._own.add, args, kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get, self._own.get, args, kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set, self._own.set, args, kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().touch, self._own.touch, args, kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().delete, self._own.delete, args, kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get_many, self._own.get_many, args, kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set_many, self._own.set_many, args, kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().has_key, self._own.has_key, args, kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().incr, self._own.incr, args, kwargs)

    def _ask(self, redis: Callable[..., Any], own: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if time.monotonic() < _away["until"]:
            return own(*args, **kwargs)
        try:
            return redis(*args, **kwargs)
        except (RedisError, OSError) as error:
            _away["until"] = time.monotonic() + AWAY_SECONDS
            log.warning("cache.without_redis", error=str(error)[:200])
            return own(*args, **kwargs)
