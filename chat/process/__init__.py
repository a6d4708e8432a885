"""The life of one server process: its heartbeat, whose runs are orphans, and what it clears away."""
