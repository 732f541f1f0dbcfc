"""What the SMS says: the code first, then the line by which phones fill it in."""


def write_text(code: str, *, brand: str, lifetime: int, host: str) -> str:
    """Write the English text; `lifetime` is seconds, told in whole minutes.

    The last line is the origin-bound form of the WICG's sms-one-time-codes: `@host #code` and no
    newline behind it, or browsers do not find the code.
    """
    minutes = max(1, lifetime // 60)
    said = f"{code} is your {brand} code. It works for {minutes} min. Never share it."
    return f"{said}\n\n@{host} #{code}"
