"""Write the code and the text of an outgoing message as one string, which is stored encrypted."""


def write_content(*, code: str, text: str) -> str:
    """Write the code, "" without one, a line break, and the text."""
    return f"{code}\n{text}"


def read_content(content: str | None) -> tuple[str, str | None]:
    """Return the code and the text; the text is None where it cannot be decrypted."""
    if content is None:
        return "", None
    code, _, text = content.partition("\n")
    return code, text
