"""The torture uses the prepared sites of the live tests."""

from tests.live.conftest import prepared, prepared_postgres, upstream

__all__ = ["prepared", "prepared_postgres", "upstream"]
