"""Vendor profiles of the generic gateway, one module each; an operator adds the account and may override a setting."""

from collections.abc import Mapping

from app.gateways.generic.profiles.africastalking import AFRICASTALKING
from app.gateways.generic.profiles.clicksend import CLICKSEND
from app.gateways.generic.profiles.elks import ELKS
from app.gateways.generic.profiles.jasmin import JASMIN
from app.gateways.generic.profiles.kannel import KANNEL
from app.gateways.generic.profiles.playsms import PLAYSMS
from app.gateways.generic.profiles.seven import SEVEN

PROFILES: Mapping[str, Mapping[str, object]] = {
    "46elks": ELKS,
    "africastalking": AFRICASTALKING,
    "clicksend": CLICKSEND,
    "jasmin": JASMIN,
    "kannel": KANNEL,
    "playsms": PLAYSMS,
    "seven": SEVEN,
}
