"""The headers of a request, sorted once: a dozen of them are asked for, and each would be looked for among all."""

from starlette.datastructures import Headers
from starlette.types import Scope


class SortedHeaders(Headers):
    """Starlette's headers, found by their name."""

    def __init__(self, scope: Scope) -> None:
        """Take those of a request, whose names ASGI gives in lower case."""
        super().__init__(scope=scope)
        self._by_name: dict[str, list[str]] = {}
        for name, value in self._list:
            self._by_name.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))

    def __getitem__(self, key: str) -> str:
        return self._by_name[key.lower()][0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._by_name

    def getlist(self, key: str) -> list[str]:
        """Give all values of a name, in their order."""
        return self._by_name.get(key.lower(), [])

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]  # a mapping's has three shapes
        """Give the first value of a name."""
        values = self._by_name.get(key.lower())
        return values[0] if values else default
