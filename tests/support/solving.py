"""A browser that solves ALTCHA's challenges, by the package's own solver."""

import base64
import json

from altcha import Challenge, Payload, solve_challenge


def solve(challenge):
    """Give the token of a challenge, as `/v1/human-check` answers it."""
    challenge = Challenge.from_dict(challenge)
    return Payload(challenge, solve_challenge(challenge)).to_base64()


def opened(token):
    """Read a token, to change it."""
    return json.loads(base64.b64decode(token))


def closed(token):
    """Write a token."""
    return base64.b64encode(json.dumps(token, separators=(",", ":")).encode()).decode()
