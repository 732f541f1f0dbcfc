"""Reads the table in app/store/keyspace.py for the tests: every key, with type, content and lifetime."""

import app.store.keyspace

_HEADING = next(line for line in app.store.keyspace.__doc__.splitlines() if line.startswith("name "))
_COLUMNS = [_HEADING.index(word) for word in ("name", "type", "content", "lifetime")]


def read_rows():
    """Yield the names of each row, its type, its content and its lifetime, as they are written."""
    lines = app.store.keyspace.__doc__.split(_HEADING)[1].strip("\n").split("\n\n")[0].splitlines()
    for line in lines:
        yield tuple(line[start:end].strip() for start, end in zip(_COLUMNS, [*_COLUMNS[1:], None], strict=True))
