"""The cast, for every test of the core."""

from tests.cast import *  # noqa: F403
