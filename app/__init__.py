"""A service that proves that a person holds a phone number, by SMS.

The life of a code:

1. request    api/verifications.py   a number asks for a code; it is read before any limit
2. limit      store/lua              all limits are spent together, or none is
3. generate   domain/code.py         a code is derived; only its keyed digest is kept
4. store      store/verifications.py one script, one round trip: limits, record, job
5. dispatch   services/dispatch.py   a worker writes the text and hands it to a gateway
6. report     services/report.py     the gateway's word becomes the message's status
7. verify     services/verify_code.py one script: count first, compare, use up
8. prove      services/prove.py      a signed proof that any backend can check offline

Imports go down only: doors (cli, main, worker, web, api), verbs (services, wiring), hands
(store, gateways, human, outbound), nouns (settings, locale, domain).
"""
