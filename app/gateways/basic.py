"""HTTP Basic (RFC 7617), by which several vendors open an account."""

from base64 import b64encode

from pydantic import SecretStr


def basic_auth(user: str, secret: SecretStr) -> dict[str, str]:
    """Make the header that opens an account; a user with a colon would be read as another."""
    pair = f"{user}:{secret.get_secret_value()}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
