"""How many SMS a text takes, cut as phones cut it (3GPP TS 23.038 §6, TS 23.040 §9.2.3.24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.domain.gsm7 import EXTENSION, fits_gsm7

_BEYOND_ONE_UNIT = 0xFFFF


class Encoding(StrEnum):
    """How the letters are written; it decides how many there are to an SMS."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"

    @property
    def unit(self) -> str:
        """Name what is counted."""
        return "septets" if self is Encoding.GSM7 else "UTF-16 units"


# Units to an SMS that stands alone, and to each of several, which name each other in a header of six bytes.
_CAPACITY = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class SmsSize:
    """What a text takes: units are septets in GSM-7, 16 bits in UCS-2; each segment is paid for as an SMS."""

    encoding: Encoding
    units: int
    segments: int

    def __str__(self) -> str:
        return f"{self.segments} SMS in {self.encoding}"


def measure(text: str) -> SmsSize:
    """Count a text; an escape or a surrogate pair is never cut in two, and goes to the next segment whole."""
    if fits_gsm7(text):
        encoding, widths = Encoding.GSM7, [2 if letter in EXTENSION else 1 for letter in text]
    else:
        encoding, widths = Encoding.UCS2, [2 if ord(letter) > _BEYOND_ONE_UNIT else 1 for letter in text]
    alone, of_several = _CAPACITY[encoding]
    units = sum(widths)
    return SmsSize(encoding, units, 1 if units <= alone else _split(widths, of_several))


def _split(widths: Iterable[int], room: int) -> int:
    """Fill one segment after the other; no letter is cut in two."""
    segments, left = 1, room
    for width in widths:
        if width > left:
            segments, left = segments + 1, room
        left -= width
    return segments
