"""Hooks of identity servers under `/v1/hooks`: they draw and check their codes, and this service sends the SMS.

`hook.py` builds the hooks from the settings, `verification.py` tells whether a call is the sender's, `messages.py`
reads a body into the request of a message, `answers.py` writes what the sender reads, and `routes.py` has the two
routes.

What each sender needs is data, in `app/settings/hook_presets.py`. A rule is this package's alone: the same code or text
for the same number within a minute is sent once, as most senders repeat a call without an id.
"""
