"""Files of messages: read in a process of its own, stored under an id, cleared away when nobody uses them.

`reader` is that process's program. Nothing here knows requests or sockets; `chat.uploads.views` has the doors.
"""
