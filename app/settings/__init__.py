"""Every setting with its unit, bounds, default and reason; the checks that stop the start, each with its fix."""
