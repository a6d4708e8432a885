"""Searches the conversations that a person may see: titles, people's messages, answers and the text of files.

`find` is the only interface. Beneath it, SQLite has a trigram table and PostgreSQL a trigram index (`index.py` says why);
queries that are too short for either read the newest messages. This room knows no frames and no sockets.
"""

from chat.search.finding import find

__all__ = ["find"]
