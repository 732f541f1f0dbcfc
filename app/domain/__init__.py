"""Nouns: what the service talks about. No I/O, no clock, no randomness."""
