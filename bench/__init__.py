"""Measures what Parley costs, compared with a relay that stores nothing: `bin/bench`, or `python -m bench`."""
