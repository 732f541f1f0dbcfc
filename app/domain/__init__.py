"""Values and rules of the service. No I/O, no clock, no randomness."""
