"""Strict JSON parsing for every JSON route: UTF-8 only, no duplicate names, no `NaN` or `Infinity`."""

import codecs
import json
from typing import Any, NoReturn

from app.domain.errors import InvalidRequest


def read_json(raw: bytes) -> Any:  # noqa: ANN401  any JSON value
    """Parse one JSON text (RFC 8259); a leading UTF-8 byte order mark is skipped.

    Raises `InvalidRequest` with one sentence that says what is wrong. A duplicate name in an object is refused, because
    parsers differ in which of its values they take.
    """
    try:
        return _DECODER.decode(raw.removeprefix(codecs.BOM_UTF8).decode())
    except _Rejected as rejection:
        raise _invalid(str(rejection)) from None
    except UnicodeDecodeError:
        raise _invalid("The body is not UTF-8.") from None
    except RecursionError:
        raise _invalid("The body is nested too deep.") from None
    except json.JSONDecodeError:
        raise _invalid("This is not JSON.") from None
    except ValueError:  # Python's int() reads at most 4,300 digits
        raise _invalid("A number in the body has too many digits.") from None


_MAX_FIELDS = 64  # more than any of our bodies; pydantic takes milliseconds to list thousands of unknown ones


class _Rejected(Exception):
    """JSON that Python's parser accepts and this one does not; its message says why."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MAX_FIELDS:
        raise _Rejected(f"An object in the body has more than {_MAX_FIELDS} fields.")
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        duplicate = next(name for name in names if names.count(name) > 1)
        raise _Rejected(f"The field {json.dumps(duplicate[:64])} appears twice in one object.")
    return fields


def _constant(name: str) -> NoReturn:
    raise _Rejected(f"{name} is not JSON.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _invalid(detail: str) -> InvalidRequest:
    return InvalidRequest("The request cannot be read; see `errors`.", [("", detail)])
