"""Errors of messages, by Twilio's codes for them: https://www.twilio.com/docs/api/errors."""

from app.compat.twilio.errors import Refusal, TwilioError
from app.domain import errors
from app.domain.errors import InvalidPhoneNumber, InvalidRequest, OtpError

NO_TO = Refusal(21604, 400, "A 'To' phone number is required.")
NO_SENDER = Refusal(21603, 400, "A 'From' phone number is required.")
NO_BODY = Refusal(21602, 400, "Message body is required.")
TOO_LONG = Refusal(21617, 400, "The message body exceeds the limit of characters or segments.")
INVALID_SCHEDULE = Refusal(35114, 400, "SendAt is a time of ISO 8601 up to 30 days ahead, with ScheduleType=fixed.")
NOT_SUPPORTED = Refusal(21612, 400, "This service sends texts by SMS only.")

_REFUSALS: dict[type[OtpError], Refusal] = {
    errors.InvalidPhoneNumber: Refusal(21211, 400, "Invalid 'To' Phone Number"),
    errors.DestinationNotAllowed: Refusal(21408, 400, "Permission to send an SMS has not been enabled for the region"),
    errors.DestinationBlocked: Refusal(21268, 400, "The 'To' phone number is blocked"),
    errors.OptedOut: Refusal(21610, 400, "Attempt to send to unsubscribed recipient"),
    errors.Forbidden: Refusal(20403, 403, "This app may not send free text."),
}


def message_error(error: OtpError) -> OtpError:
    """Return the error with its code for messages; an error without such a code is returned unchanged."""
    if isinstance(error, InvalidPhoneNumber) or not isinstance(error, InvalidRequest):
        refusal = _REFUSALS.get(type(error))
        return TwilioError(refusal) if refusal else error
    return TwilioError(TOO_LONG if "takes" in str(error) else NO_BODY._replace(message=str(error)))
