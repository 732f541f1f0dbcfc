"""Hands: one file per gateway."""
