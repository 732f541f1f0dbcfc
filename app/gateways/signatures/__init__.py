"""Signature schemes of reports that several vendors share; the scheme of a single vendor is in that vendor's module."""
