"""Twilio Verify v2 under `/twilio/v2`: Twilio's SDKs work unchanged but for their base URL.

`sids.py` derives Twilio's identifiers, `accounts.py` finds the app and the purpose of a call, `parameters.py` reads
forms, `texts.py` writes the SMS that names another brand, `answers.py` writes responses, `errors.py` writes errors, and
`verifications.py` has the operations. Twilio's other products are not part of it.
"""
