"""Real Daphne processes, real sockets, a fake upstream over TCP: what the live and torture tests are made of.

The ORM of a running server is never touched; what is stored is read from the database itself, at the end.
"""

from .databases import Database, OwnPostgres, OwnRedis, can_have_postgres, given_database
from .reader import Followed, Reader, Refused
from .server import Server, Site

__all__ = [
    "Database",
    "Followed",
    "OwnPostgres",
    "OwnRedis",
    "Reader",
    "Refused",
    "Server",
    "Site",
    "can_have_postgres",
    "given_database",
]
