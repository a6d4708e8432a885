"""What the page costs a browser, measured in Chromium beside two other ways to show the same text: `bin/bench --browser`.

The page is not changed for it: what is measured comes from the browser's own counters, its observers and its trace.
"""
