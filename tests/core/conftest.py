"""The cast and a fake upstream, for every test of the core."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import *  # noqa: F403
from tests.core.scene import use
from tests.fake_upstream import FakeUpstream


@pytest.fixture
def upstream(settings: Any) -> Iterator[FakeUpstream]:
    """A fake upstream that answers for both upstreams of the environment."""
    with FakeUpstream() as fake:
        use(settings, fake)
        yield fake
