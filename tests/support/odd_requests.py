"""Odd requests to every JSON route, by name: bodies, content types, encodings, keys, headers and methods."""

import json
from dataclasses import dataclass, field

from tests.support.api_calls import CODE
from tests.support.builders import PHONE

ID_ROUTE = "/v1/verifications/vf_x"


@dataclass(frozen=True)
class OddRequest:
    """One request; headers may repeat, and `key` None sends no Authorization header."""

    method: str
    path: str
    body: bytes = b""
    key: str | None = "sk_dev"
    content_type: str | None = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def all_headers(self):
        """Return the headers in the order in which they are sent."""
        own = [("Authorization", f"Bearer {self.key}")] if self.key else []
        typed = [("Content-Type", self.content_type)] if self.content_type is not None else []
        return [(name.encode(), value.encode("latin-1")) for name, value in (*own, *typed, *self.headers)]


def _json(**fields):
    return json.dumps(fields).encode()


GOOD = {
    "/v1/request-code": {"phone_number": PHONE},
    "/v1/verify-code": {"verification_id": "vf_x", "code": CODE},
    "/v1/proofs/redeem": {"proof": "x"},
    "/v1/proofs/introspect": {"proof": "x"},
}

# Bodies that are not a JSON object, or only to a lenient parser; sent to each route that takes a body.
BODIES = {
    "nothing": b"",
    "spaces": b" " * 100,
    "a form": b"phone_number=%2B31612345678",
    "half an object": b'{"phone_number": "+316',
    "null": b"null",
    "true": b"true",
    "a number": b"42",
    "a string": b'"+31612345678"',
    "a list": b'[{"phone_number": "+31612345678"}]',
    "an empty object": b"{}",
    "open lists": b"[" * 16 * 1024,
    "open objects": b'{"a":' * 3000,
    "closed lists": b"[" * 8000 + b"]" * 8000,
    "a deep field": b'{"phone_number": ' + b"[" * 8000 + b"]" * 8000 + b"}",
    "a huge integer": b'{"phone_number": ' + b"9" * 16000 + b"}",
    "a huge exponent": b'{"phone_number": 1e999999}',
    "NaN": b'{"phone_number": NaN}',
    "Infinity": b'{"phone_number": -Infinity, "proof": Infinity}',
    "a lone surrogate": b'{"phone_number": "\\ud800", "code": "\\ud800", "proof": "\\ud800"}',
    "a surrogate name": b'{"phone_number": "+31612345678", "\\ud800": 1}',
    "a raw surrogate": b'{"phone_number": "+31612345678", "reference": "\xed\xa0\x80"}',
    "a raw NUL": b'{"phone_number": "\x00"}',
    "a raw newline": b'{"phone_number": "\n"}',
    "Latin-1": b'{"phone_number": "+31612345678", "reference": "caf\xe9"}',
    "no UTF-8": b"\xff\xfe\xfd",
    "UTF-16": '{"phone_number": "x"}'.encode("utf-16"),
    "UTF-32": '{"phone_number": "x"}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"phone_number": "x"}',
    "a comment": b'{/* hello */ "phone_number": "x"}',
    "a trailing comma": b'{"phone_number": "x",}',
    "single quotes": b"{'phone_number': '+31612345678'}",
    "a leading zero": b'{"phone_number": 0316}',
    "text behind the object": b'{"phone_number": "x"} x',
    "a second object": b'{"phone_number": "x"}{}',
    "a name twice": b'{"phone_number": "+31612345678", "phone_number": "+31612345679", "code": "1", "code": "2"}',
    "a long name": b'{"' + b"x" * 1000 + b'": 1}',
    "a name with a slash": b'{"a/b~c": 1}',
    "__proto__": b'{"__proto__": {"a": 1}, "phone_number": "x"}',
    "17 KiB": b'{"phone_number": "' + b"3" * 17 * 1024 + b'"}',
}

REQUEST_FIELDS = {
    "phone_number": [None, 31612345678, True, [PHONE], {}, "", "3" * 65, "hello", "0612345678", "+31201234567"],
    "country": ["nl", "NLD", "N1", "", 5, None],
    "purpose": ["Login", "", "a" * 33, "login\n", 1, None, "pay_out"],
    "locale": ["nl", "pt_BR", "x", "-", "nl\n", "en-" * 12 + "gb", 5, None],
    "reference": ["x" * 128, "x" * 129, "", 7, None],
    "subject": ["x" * 129, [], None],
    "client_ip": ["203.0.113.9", "::1", "10.0.0.1", "junk", "203.0.113.09", 5, None],
    "device_token": ["dt_1_x", "x" * 65, 1, None],
    "human_check": ["x", "x" * 8193, {}, None],
    "nonsense": [1, None],
    "ask": [1],
    "verification_id": [None, "", 5, "vf_x"],
}

CHECK_FIELDS = {
    "verification_id": [None, 5, "", "x" * 65, "vf_\u0000", "../x"],
    "code": [None, 42137, "", "x" * 65, "12345", "1234567", "abcdef", "04 21-37", "\N{ARABIC-INDIC DIGIT ONE}23456"],
    "purpose": ["Login", "login", None, 3],
    "client_ip": ["203.0.113.9", "junk", None],
    "phone_number": [PHONE, None],
    "by_id": [1],
}

PROOF_FIELDS = {"proof": [None, "", 5, "x" * 4097], "more": [1]}

# Values of one field in an otherwise valid body.
FIELDS = {
    "/v1/request-code": REQUEST_FIELDS,
    "/v1/verify-code": CHECK_FIELDS,
    "/v1/proofs/redeem": PROOF_FIELDS,
    "/v1/proofs/introspect": PROOF_FIELDS,
}

CONTENT_TYPES = {
    "no type": None,
    "an empty type": "",
    "text/plain": "text/plain",
    "a form": "application/x-www-form-urlencoded",
    "a problem": "application/problem+json",
    "capitals": "APPLICATION/JSON",
    "a charset": "application/json; charset=utf-8",
    "another charset": "application/json; charset=utf-16",
    "a list": "application/json, text/plain",
}

KEYS = {
    "no key": None,
    "an unknown key": "sk_nobody",
    "a publishable key": "pk_dev",
    "an unknown publishable key": "pk_nobody",
    "an empty key": " ",
}

AUTHORIZATIONS = {
    "Basic": [("Authorization", "Basic c2tfZGV2Og==")],
    "the scheme in capitals": [("Authorization", "BEARER sk_dev")],
    "the bare key": [("Authorization", "sk_dev")],
    "two keys": [("Authorization", "Bearer sk_dev"), ("Authorization", "Bearer sk_dev")],
    "a tab behind the key": [("Authorization", "Bearer sk_dev\t")],
}

ENCODINGS = {encoding: [("Content-Encoding", encoding)] for encoding in ("identity", "gzip", "br", "nonsense")}

IDEMPOTENCY_KEYS = {
    "empty": [("Idempotency-Key", "")],
    "empty quotes": [("Idempotency-Key", '""')],
    "open quotes": [("Idempotency-Key", '"abc')],
    "a space inside": [("Idempotency-Key", "a b")],
    "256 characters": [("Idempotency-Key", "k" * 256)],
    "two of them": [("Idempotency-Key", "a"), ("Idempotency-Key", "b")],
    "beyond ASCII": [("Idempotency-Key", "caf\xe9")],
}

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")

PATHS = {
    "a slash behind": ("POST", "/v1/request-code/"),
    "another version": ("POST", "/v2/request-code"),
    "capitals": ("POST", "/V1/request-code"),
    "an encoded slash": ("POST", "/v1%2Frequest-code"),
    "a query": ("POST", "/v1/request-code?phone_number=x"),
    "a long id": ("GET", "/v1/verifications/" + "x" * 65),
    "no id": ("GET", "/v1/verifications/"),
    "an id of NUL": ("GET", "/v1/verifications/%00"),
    "an id that is no UTF-8": ("GET", "/v1/verifications/%ff%fe"),
    "a challenge without a number": ("GET", "/v1/human-check"),
    "the keys of all proofs": ("GET", "/.well-known/jwks.json"),
}


def odd_requests():
    """Return all requests by name."""
    return dict([*_bodies_and_types(), *_keys(), *_fields(), *_headers(), *_methods_and_paths()])


def _bodies_and_types():
    for path, good in GOOD.items():
        yield f"{path}: as it should be", _post(path, _json(**good))
        for name, body in BODIES.items():
            yield f"{path}: {name}", _post(path, body)
        for name, content_type in CONTENT_TYPES.items():
            yield f"{path}: {name} as its type", _post(path, _json(**good), content_type=content_type)


def _keys():
    for name, key in KEYS.items():
        for path, good in GOOD.items():
            yield f"{path}: {name}", _post(path, _json(**good), key=key)
            yield f"{path}: {name} and no JSON", _post(path, b"{", key=key)
        for method in ("GET", "DELETE"):
            yield f"{method} {ID_ROUTE}: {name}", OddRequest(method, ID_ROUTE, key=key, content_type=None)
    for name, path, more in [
        ("names an address", "/v1/request-code", {"client_ip": "203.0.113.9"}),
        ("asks for another purpose", "/v1/request-code", {"purpose": "pay_out"}),
        ("checks with an address", "/v1/verify-code", {"client_ip": "203.0.113.9"}),
        ("checks another purpose", "/v1/verify-code", {"purpose": "pay_out"}),
    ]:
        yield f"{path}: a publishable key {name}", _post(path, _json(**GOOD[path] | more), key="pk_dev")
    by_number = _json(phone_number=PHONE, code=CODE)
    yield "/v1/verify-code: a publishable key checks by number", _post("/v1/verify-code", by_number, key="pk_dev")


def _fields():
    for path, fields in FIELDS.items():
        for name, values in fields.items():
            for value in values:
                yield f"{path}: {name} = {_shown(value)}", _post(path, _json(**{**GOOD[path], name: value}))


def _headers():
    for path, good in GOOD.items():
        for name, headers in AUTHORIZATIONS.items():
            yield f"{path}: Authorization, {name}", _post(path, _json(**good), key=None, headers=headers)
        for name, headers in ENCODINGS.items():
            yield f"{path}: Content-Encoding, {name}", _post(path, _json(**good), headers=headers)
        for name, headers in IDEMPOTENCY_KEYS.items():
            yield f"{path}: Idempotency-Key, {name}", _post(path, _json(**good), headers=headers)


def _methods_and_paths():
    for path in GOOD:
        for method in METHODS:
            yield f"{path}: {method}", OddRequest(method, path)
    for name, (method, path) in PATHS.items():
        yield f"path: {name}", OddRequest(method, path, body=_json(phone_number=PHONE) if method == "POST" else b"")


def _shown(value):
    written = json.dumps(value)
    return written if len(written) <= 20 else f"{len(written)} characters"


def _post(path, body, **how):
    return OddRequest("POST", path, body, **how)
