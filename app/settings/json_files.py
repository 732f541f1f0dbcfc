"""Reads a setting that is a JSON document, or the path of a file that holds one."""

import json
from pathlib import Path


def read_document(given: str, *, example: str, repeats: str) -> object:
    """Read it; `example` shows how it is written, and `repeats` names what may not stand in it twice.

    JSON itself would take the last of two fields of one name, and forget the first.
    """

    def without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(f"{repeats} stands in it twice; keep one of them")
        return dict(pairs)

    try:
        text = given if given.lstrip().startswith("{") else Path(given).read_bytes()
    except (OSError, ValueError) as error:  # a ValueError for a path that no file can have
        raise ValueError(f"it is neither JSON like {example} nor the path of a file that can be read") from error
    try:
        return json.loads(text, object_pairs_hook=without_repeats)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not JSON, from line {error.lineno}, column {error.colno} on") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not JSON; write it like {example}") from error
