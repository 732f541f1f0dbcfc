"""Doors: JSON in, JSON out, no decisions."""
