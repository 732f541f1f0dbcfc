"""Functions that several use cases share. A part never calls a use case."""
