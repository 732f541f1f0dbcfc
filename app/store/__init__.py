"""Hands: Redis. `keys.py` lists everything that is kept; `lua/` holds what must happen at once."""
