"""Every setting with its unit, bounds, default and reason; what stops the start, and how to mend it."""
