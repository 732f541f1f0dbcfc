"""AWS End User Messaging SMS (sms-voice, version 2), written from its public pages and its API's service model.

https://docs.aws.amazon.com/sms-voice/. Not yet tested with a live account. Its reports are the events
of a configuration set, delivered by an SNS topic.
"""
