"""The number of SMS segments of a text (3GPP TS 23.038 §6, TS 23.040 §9.2.3.24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.gsm7 import EXTENSION, fits_gsm7

_MAX_UNIT = 0xFFFF


class Encoding(StrEnum):
    """The character encoding of an SMS; it determines how many characters fit."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"

    @property
    def unit(self) -> str:
        """The name of the units that are counted."""
        return "septets" if self is Encoding.GSM7 else "UTF-16 units"


# Units in a single SMS, and in each of several, which carry a concatenation header of six bytes.
_CAPACITY = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """The size of a text: units are septets in GSM-7, 16 bits in UCS-2; each segment is billed as an SMS."""

    encoding: Encoding
    units: int
    segments: int

    def __str__(self) -> str:
        return f"{self.segments} SMS in {self.encoding}"


def measure(text: str) -> SmsSize:
    """Return the size of a text; an escape or surrogate pair is never split between two segments."""
    if fits_gsm7(text):
        encoding, widths = Encoding.GSM7, [2 if char in EXTENSION else 1 for char in text]
    else:
        encoding, widths = Encoding.UCS2, [2 if ord(char) > _MAX_UNIT else 1 for char in text]
    single, in_segment = _CAPACITY[encoding]
    units = sum(widths)
    return SmsSize(encoding, units, 1 if units <= single else _split(widths, in_segment))


def _split(widths: Iterable[int], capacity: int) -> int:
    """Return the number of segments; no character is split between two."""
    segments, left = 1, capacity
    for width in widths:
        if width > left:
            segments, left = segments + 1, capacity
        left -= width
    return segments
