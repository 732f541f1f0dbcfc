"""Parse a setting that is a JSON document or the path of a JSON file."""

import json
from pathlib import Path


def read_document(value: str, *, example: str, repeats: str) -> object:
    """Return the document; `example` shows the format, and `repeats` names what must not occur twice.

    `json` alone would silently use the last of two fields with the same name.
    """

    def refuse_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError(f"{repeats} occurs twice; keep one of them")
        return dict(pairs)

    try:
        text = value if value.lstrip().startswith("{") else Path(value).read_bytes()
    except (OSError, ValueError) as error:  # a ValueError for a path with a null byte
        raise ValueError(f"it is neither JSON like {example} nor the path of a readable file") from error
    try:
        return json.loads(text, object_pairs_hook=refuse_repeats)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not valid JSON at line {error.lineno}, column {error.colno}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is not valid JSON; write it like {example}") from error
