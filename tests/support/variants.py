"""Parameters of which the suite runs some, and `pytest -m long` the others."""

import pytest


def some_of(parameters, *names):
    """Return all parameters, those without one of these names marked `long`."""
    missing = {*names} - {*parameters}
    assert not missing, f"no such parameter: {missing}"
    return [name if name in names else pytest.param(name, marks=pytest.mark.long) for name in parameters]
