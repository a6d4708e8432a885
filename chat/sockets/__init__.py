"""Everything of one WebSocket: its consumer, what it pushes, how much it may ask, and the sweep over all of them."""
