"""Files of messages: read in a separate process, and stored under an id.

`reader` is the program of that process. Nothing in this room knows requests or sockets; `chat.uploads` has the views.
"""
