"""AWS End User Messaging SMS (sms-voice, version 2), after its public pages and the service model of its API.

https://docs.aws.amazon.com/sms-voice/. Nobody has tried it on a live account yet. Its reports are the
events of a configuration set, which an SNS topic delivers.
"""
