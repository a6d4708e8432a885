"""python -m tests.live.harness.servers COMMAND…: runs a command beside a PostgreSQL and a Redis of its own.

The command finds them in TEST_DATABASE_URL and TEST_REDIS_URL; its exit status is ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from .databases import OwnPostgres, OwnRedis


def main() -> int:
    """Start both, run the command, and leave nothing behind, also when interrupted."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    postgres, redis = OwnPostgres(), OwnRedis()
    try:
        redis.start()
        urls = {"TEST_DATABASE_URL": postgres.url, "TEST_REDIS_URL": redis.url}
        return subprocess.run(sys.argv[1:], env={**os.environ, **urls}).returncode
    finally:
        redis.stop()
        postgres.remove()


if __name__ == "__main__":
    sys.exit(main())
