"""Counts function calls, where a timing would be imprecise."""

import cProfile


def count_calls(call, function):
    """Count how often a function is called, at any depth, while `call` runs."""
    profile = cProfile.Profile()
    profile.runcall(call)
    return sum(entry.callcount for entry in profile.getstats() if entry.code is function.__code__)
