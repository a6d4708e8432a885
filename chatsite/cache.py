"""The cache in Redis, with a fallback so that people can sign in while Redis is away."""

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

# For this long a Redis that did not answer is not asked again: a sign-in asks several times, and each would wait.
AWAY_SECONDS = 10.0
# Shared by the whole process, because Django makes a cache object for each thread.
_away = {"until": 0.0}


class SteadyRedisCache(RedisCache):
    """Django's Redis cache, which uses this process's memory while Redis does not answer.

    It mainly stores counters, such as attempts to sign in. Without Redis each process counts separately.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        # No retry, because a person who signs in may be waiting.
        params.setdefault("OPTIONS", {}).setdefault("retry", Retry(NoBackoff(), 0))
        super().__init__(server, params)
        self._local = LocMemCache("while Redis is away", params)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().add, self._local.add, args, kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get, self._local.get, args, kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set, self._local.set, args, kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().touch, self._local.touch, args, kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().delete, self._local.delete, args, kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().get_many, self._local.get_many, args, kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().set_many, self._local.set_many, args, kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().has_key, self._local.has_key, args, kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask(super().incr, self._local.incr, args, kwargs)

    def _ask(self, redis: Callable[..., Any], local: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if time.monotonic() < _away["until"]:
            return local(*args, **kwargs)
        try:
            return redis(*args, **kwargs)
        except (RedisError, OSError) as error:
            _away["until"] = time.monotonic() + AWAY_SECONDS
            log.warning("cache.without_redis", error=str(error)[:200])
            return local(*args, **kwargs)
