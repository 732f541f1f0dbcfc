"""What the SMS says: the code first, then the line by which phones fill it in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Who sends the code, and the host whose pages may fill it in.

    `sender` is what the phone shows it to be from; "" for the gateway's own.
    """

    brand: str
    host: str
    sender: str = ""


def write_text(code: str, *, wording: Wording, valid_for: int) -> str:
    """Write the English text; `valid_for` is seconds, told in minutes, rounded, at least one.

    The last line is the origin-bound form of the WICG's sms-one-time-codes: `@host #code` and no
    newline behind it, or browsers do not find the code.
    """
    minutes = max(1, round(valid_for / 60))
    said = f"{code} is your {wording.brand} code. It works for {minutes} min. Never share it."
    return f"{said}\n\n@{wording.host} #{code}"
