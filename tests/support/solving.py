"""Solves ALTCHA challenges as a browser does, with the solver of the package."""

import base64
import json

from altcha import Challenge, Payload, solve_challenge


def solve(challenge):
    """Return the token for a challenge of `/v1/human-check`."""
    challenge = Challenge.from_dict(challenge)
    return Payload(challenge, solve_challenge(challenge)).to_base64()


def decode_token(token):
    """Decode a token."""
    return json.loads(base64.b64decode(token))


def encode_token(token):
    """Encode a token."""
    return base64.b64encode(json.dumps(token, separators=(",", ":")).encode()).decode()
