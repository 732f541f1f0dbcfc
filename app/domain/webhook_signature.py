"""Signatures of events by Standard Webhooks 1.0, symmetric scheme `v1`.

The signed text is `id.timestamp.body`; a key is written as `whsec_` and base64; several signatures are separated by one
space (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme).
"""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from app.domain.keyring import Keyring


def endpoint_keys(keyring: Keyring, *, app: str, url: str) -> dict[str, bytes]:
    """Derive the keys of an endpoint, one from each secret in rotation, by the id of the secret, newest first."""
    return {key_id: keys.webhook_key(f"{app}|{url}") for key_id, keys in keyring.all.items()}


def write_key(key: bytes) -> str:
    """Write a key as the libraries of Standard Webhooks read it."""
    return f"whsec_{b64encode(key).decode()}"


def signature_header(id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> str:
    """Return the header `webhook-signature`: one signature for each key."""
    signed = b"%s.%d.%s" % (id.encode(), timestamp, body)
    return " ".join(f"v1,{b64encode(hmac.digest(key, signed, sha256)).decode()}" for key in keys)
