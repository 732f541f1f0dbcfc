"""Signature schemes of calls that several vendors share; the scheme of a single vendor is in that vendor's module."""
