"""A way into what a vendor said, however little of it has the shape that was promised."""

from collections.abc import Mapping


def inside(said: object, *path: str | int) -> Mapping[str, object]:
    """Follow names and places to an object; give an empty one where the way ends."""
    for step in path:
        if isinstance(step, str):
            said = said.get(step) if isinstance(said, dict) else None
        else:
            said = said[step] if isinstance(said, list) and step < len(said) else None
    return said if isinstance(said, dict) else {}
