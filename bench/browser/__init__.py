"""Measures what the page costs in Chromium, compared with two other ways to show the same text: `bin/bench --browser`.

The page is not changed for this: the figures come from the browser's own counters, observers and trace.
"""
