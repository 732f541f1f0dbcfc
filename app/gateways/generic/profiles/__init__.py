"""Vendor profiles of the generic gateway, one module each; an operator adds the account and may override a setting."""

from collections.abc import Mapping

from app.gateways.generic.profiles.africastalking import AFRICASTALKING
from app.gateways.generic.profiles.bandwidth import BANDWIDTH
from app.gateways.generic.profiles.brevo import BREVO
from app.gateways.generic.profiles.clicksend import CLICKSEND
from app.gateways.generic.profiles.cm import CM
from app.gateways.generic.profiles.elks import ELKS
from app.gateways.generic.profiles.httpsms import HTTPSMS
from app.gateways.generic.profiles.jasmin import JASMIN
from app.gateways.generic.profiles.kannel import KANNEL
from app.gateways.generic.profiles.msg91 import MSG91
from app.gateways.generic.profiles.playsms import PLAYSMS
from app.gateways.generic.profiles.seven import SEVEN
from app.gateways.generic.profiles.smsapi import SMSAPI
from app.gateways.generic.profiles.smsgate import SMSGATE

PROFILES: Mapping[str, Mapping[str, object]] = {
    "46elks": ELKS,
    "africastalking": AFRICASTALKING,
    "bandwidth": BANDWIDTH,
    "brevo": BREVO,
    "clicksend": CLICKSEND,
    "cm": CM,
    "httpsms": HTTPSMS,
    "jasmin": JASMIN,
    "kannel": KANNEL,
    "msg91": MSG91,
    "playsms": PLAYSMS,
    "seven": SEVEN,
    "smsapi": SMSAPI,
    "smsgate": SMSGATE,
}
