"""What a gateway's failure means to an operator: why, in our words and the vendor's, and what to do."""

from app.domain.gateway import GatewayError, Refused, Unreachable, Unsure
from app.domain.status import Reason

_OUTCOMES: dict[type[GatewayError], str] = {Refused: "refused", Unreachable: "unreachable", Unsure: "unsure"}
_SENT: dict[type[GatewayError], str] = {
    Refused: "Nothing was sent.",
    Unreachable: "Nothing was sent; trying again is safe.",
    Unsure: "It may have been sent: look at the phone before you try again.",
}
_ADVICE = {
    Reason.INVALID_NUMBER: "Check its digits: the vendor knows no such number.",
    Reason.UNREACHABLE_TEMPORARY: "The phone is off or out of reach. Try again later.",
    Reason.UNREACHABLE_PERMANENT: "The number is not in use, or takes no SMS. Try another.",
    Reason.OPTED_OUT: "Its person told the vendor to stop, and takes that back there, mostly by the reply START.",
    Reason.BLOCKED_DESTINATION: "Open the number's country in the vendor's dashboard, or try another number.",
    Reason.INVALID_SENDER: "Give a sender that vendor and country take: the gateway's SENDER, or one in OTP_ROUTES.",
    Reason.CONTENT_REJECTED: "The vendor or the country takes registered texts only. Ask the vendor.",
    Reason.NO_CREDIT: "Top up the account.",
    Reason.AUTH: "Compare the keys in OTP_GATEWAYS__… with the vendor's dashboard, and see what they may do.",
    Reason.CONFIG: "Compare OTP_GATEWAYS__… with the vendor's dashboard: addresses, ids, who may call from where.",
    Reason.THROTTLED: "Wait a minute. Where it happens often, set the gateway's RATE.",
    Reason.PROVIDER_ERROR: "Look at the vendor's status page, and at the way there: the gateway's URL, DNS, firewall.",
    Reason.EXPIRED: "The vendor was too slow. Try again.",
    Reason.DUPLICATE: "The vendor took it for a repeat. Try again.",
    Reason.UNKNOWN: "Look into the vendor's dashboard and its list of errors.",
}


def explain(failure: GatewayError) -> str:
    """Say outcome and reason, the vendor's word in brackets, and our own sentence; nothing else of the vendor's."""
    word = f" ({failure.tellable_word})" if failure.tellable_word else ""
    return f"{_OUTCOMES[type(failure)]}: {failure.reason}{word}. {failure}"


def suggest(failure: GatewayError) -> str:
    """Say what an operator may do about it."""
    wait = f" It asks for {failure.after} s of rest." if isinstance(failure, Unreachable) and failure.after else ""
    return f"{_ADVICE[failure.reason]}{wait}"


def describe_delivery(failure: GatewayError) -> str:
    """Say whether an SMS is on its way all the same."""
    return _SENT[type(failure)]
