"""The cast, for every test of the search."""

from tests.cast import *  # noqa: F403
