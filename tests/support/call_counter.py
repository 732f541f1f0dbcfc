"""Counts the steps that a call takes, where a clock would only guess at them."""

import cProfile


def visits(call, function):
    """Count how often a function is entered, however deep, while `call` runs."""
    profile = cProfile.Profile()
    profile.runcall(call)
    return sum(entry.callcount for entry in profile.getstats() if entry.code is function.__code__)
