"""CAMARA One-Time-Password-SMS 1.1 under `/one-time-password-sms/v1`: the open standard of this job.

`clients.py` knows which apps are clients, `tokens.py` issues and reads their access tokens, `token_endpoint.py` answers
OAuth requests and the discovery document, `bodies.py` reads bodies, `texts.py` the caller's text, `errors.py` writes
errors, and `verifications.py` has the two operations.

Three rules are this package's alone: a new send ends what is pending for its number and purpose, an ended verification
has another error than an unknown one, and the caller names the text.
"""
