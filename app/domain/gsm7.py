"""The letters of an SMS of 160: the default alphabet of 3GPP TS 23.038 §6.2.1 and its extension table.

A text that leaves them is sent as UCS-2, 70 to an SMS; some vendors want to be told.
"""

# By code, sixteen to a line; 1B, between Ξ and Æ, is the escape to the extension table and no letter.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
"""Letters that take the room of two, an escape and their own."""

_GSM7 = EXTENSION.union(_BASIC)


def fits_gsm7(text: str) -> bool:
    """Tell whether a text can be sent without UCS-2; no letter is replaced by one that looks like it."""
    return _GSM7.issuperset(text)


def not_in_gsm7(text: str) -> list[str]:
    """List the letters for whose sake a text is sent as UCS-2, each once, in their order."""
    return [letter for letter in dict.fromkeys(text) if letter not in _GSM7]
