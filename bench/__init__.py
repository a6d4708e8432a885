"""What Parley costs, measured beside a relay that keeps nothing: `bin/bench`, or `python -m bench`."""
