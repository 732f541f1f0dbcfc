"""A service that proves that a person holds a phone number, by SMS.

The life of a code:

1. request    api/verifications.py             a client asks for a code; the number is parsed before any limit
2. generate   domain/code.py                   a code is derived; only its keyed digest will be stored
3. limit      store/lua                        a script spends all limits, or none
4. store      store/verifications.py           the same script, in the same round trip, writes the record and its job
5. send       services/deliver_message.py      a worker renders the text and hands it to a gateway
6. report     services/apply_report.py         the gateway's report becomes the message's status
7. verify     services/verify_code.py          one script: count first, compare digests, use the code up
8. prove      services/parts/proof_tokens.py   a signed proof that any backend can check offline

Imports go down only: entry points (cli, main, worker), interfaces (web, api, compat, http), composition (container),
acts (services), adapters (store, gateways, human_check, http_client), core (settings, logs, locale, domain).
"""
