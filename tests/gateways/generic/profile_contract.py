"""The contract of the generic gateway's profiles, against a scripted vendor."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.domain.gateway import GatewayError
from app.gateways import GATEWAYS
from tests.support.gateway_contract import MESSAGE, TOKEN, GatewayContract
from tests.support.report_contract import callback

# Recorded files follow the vendors' public samples, not live accounts.
RECORDED = Path(__file__).parent.parent.parent / "recorded"


class ProfileContract(GatewayContract):
    """Subclasses set the profile and the operator's settings."""

    profile: str
    given: str
    path = "/"
    balance_path = ""
    unlisted_error = None  # a value at ERROR_AT may also mean success
    price_at = None  # no setting names the place of a price
    sender_has_plus = True
    account_summary = "not checked: BALANCE_URL is not set"

    def build(self, url, client):
        """Build the gateway from text settings, as from environment variables."""
        given = {name.lower(): value for name, _, value in (pair.partition("=") for pair in self.given.split())}
        given |= {"profile": self.profile, "url": f"{url}{self.path}"}
        if self.balance_path:
            given["balance_url"] = f"{url}{self.balance_path}"
        gateway, _ = GATEWAYS["http"](given, client)
        return gateway

    async def failure(self, gateway):
        """Send a message, and return the error."""
        with pytest.raises(GatewayError) as failed:
            await gateway.send(MESSAGE)
        return failed.value


def recorded(path):
    return (RECORDED / path).read_bytes()


def form(event, *, query=None):
    """Return a report call with a form body."""
    return callback(urlencode(event).encode(), token=TOKEN, query=query or {})
