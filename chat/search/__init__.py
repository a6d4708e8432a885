"""Finding words in one's own conversations: titles, people's messages, answers, and what files say.

`find` is the one interface; beneath it SQLite asks a trigram table, PostgreSQL a trigram index (`index.py` says why),
and queries too short for either read the newest messages. This room knows no frames and no sockets.
"""

from chat.search.finding import find

__all__ = ["find"]
