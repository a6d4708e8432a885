"""What waits for a database that is away, and what does not."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, DataError, IntegrityError, OperationalError

from chat.database import until_it_works

pytestmark = pytest.mark.asyncio


async def test_what_fails_is_tried_again_until_it_works() -> None:
    tries = []

    async def away_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("the connection is lost")
        return "here"

    assert await until_it_works(away_once) == "here"
    assert len(tries) == 2


@pytest.mark.parametrize("error", [DataError, IntegrityError])
async def test_what_the_database_refuses_is_not_tried_again(error: type[DatabaseError]) -> None:
    tries = []

    async def refused() -> None:
        tries.append(1)
        raise error("no such number")

    with pytest.raises(error):
        await until_it_works(refused)
    assert len(tries) == 1


async def test_patience_ends() -> None:
    tries = []

    async def away() -> None:
        tries.append(1)
        raise OperationalError("the disk is full")

    with pytest.raises(OperationalError):
        await until_it_works(away, patience_seconds=0)
    assert len(tries) == 1
