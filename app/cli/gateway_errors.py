"""Explain a gateway's failure to an operator: outcome, reason, the vendor's code and advice."""

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason

_OUTCOMES: dict[type[GatewayError], str] = {Refused: "refused", Unreachable: "unreachable", Unsure: "unsure"}
_DELIVERY: dict[type[GatewayError], str] = {
    Refused: "Nothing was sent.",
    Unreachable: "Nothing was sent; a retry is safe.",
    Unsure: "It may have been sent: check the phone before you retry.",
}
_ADVICE = {
    Reason.INVALID_NUMBER: "Check its digits: the vendor reports an invalid number.",
    Reason.UNREACHABLE_TEMPORARY: "The phone is off or out of coverage. Try again later.",
    Reason.UNREACHABLE_PERMANENT: "The number is not in use, or cannot receive SMS. Try another.",
    Reason.OPTED_OUT: "The recipient opted out at the vendor, and can opt in again there, mostly by the reply START.",
    Reason.BLOCKED_DESTINATION: "Enable the number's country in the vendor's dashboard, or try another number.",
    Reason.INVALID_SENDER: "Set a sender that vendor and country accept: the gateway's SENDER, or one in OTP_ROUTES.",
    Reason.CONTENT_REJECTED: "The vendor or the country accepts registered texts only. Contact the vendor.",
    Reason.NO_CREDIT: "Top up the account.",
    Reason.AUTH: "Compare the keys in OTP_GATEWAYS__… with the vendor's dashboard, and check their permissions.",
    Reason.CONFIG: "Compare OTP_GATEWAYS__… with the vendor's dashboard: URLs, ids, allowed IP addresses.",
    Reason.THROTTLED: "Wait a minute. If it happens often, set the gateway's RATE.",
    Reason.PROVIDER_ERROR: "Check the vendor's status page, and the connection: the gateway's URL, DNS, firewall.",
    Reason.EXPIRED: "The vendor was too slow. Try again.",
    Reason.DUPLICATE: "The vendor treated it as a duplicate. Try again.",
    Reason.UNKNOWN: "See the vendor's dashboard and its list of errors.",
}


def explain(failure: GatewayError) -> str:
    """Return outcome and reason, the vendor's code in brackets, and our message; no other text of the vendor."""
    code = f" ({failure.loggable_word})" if failure.loggable_word else ""
    return f"{_OUTCOMES[type(failure)]}: {failure.reason}{code}. {failure}"


def suggest(failure: GatewayError) -> str:
    """Return what an operator can do about the failure."""
    retry = f" Retry after {failure.after} s." if isinstance(failure, Unreachable) and failure.after else ""
    return f"{_ADVICE[failure.reason]}{retry}"


def describe_delivery(failure: GatewayError) -> str:
    """Return whether an SMS may have been sent despite the failure."""
    return _DELIVERY[type(failure)]
