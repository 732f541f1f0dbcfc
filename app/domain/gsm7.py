"""GSM-7: the default alphabet of 3GPP TS 23.038 §6.2.1 and its extension table.

An SMS holds 160 of these characters. A text with any other is sent as UCS-2, 70 to an SMS; some vendors require the
encoding as a parameter.
"""

# In code order, sixteen to a line; 1B, between Ξ and Æ, is the escape to the extension table and no character.
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
"""Characters that take two septets: an escape and their own."""

_GSM7 = EXTENSION.union(_BASIC)


def fits_gsm7(text: str) -> bool:
    """Return whether a text can be sent without UCS-2; no character is replaced by one that looks like it."""
    return _GSM7.issuperset(text)


def not_in_gsm7(text: str) -> list[str]:
    """Return the characters that force a text to UCS-2, each once, in order."""
    return [char for char in dict.fromkeys(text) if char not in _GSM7]
