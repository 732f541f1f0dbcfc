"""Values and bodies that may be odd; what is right by itself stands among them, for it too has to be told apart."""

import json

ODD = [0, 1, -7, 6.5, True, False, None, [], ["login"], {}, {"a": 1}, "", " ", "x", "\x00", "\n", "\u2028", "é", "😀"]
ODD += ["\ud800", "\udfff\ud800", "x" * 64, "x" * 65, "x" * 129, "x" * 9000, 10**30, 10**400, "1e3"]

_NUMBERS = ["+316", "0612345678", "00 31 6 12345678", "+31 (0)6-12 34 56 78", "+٣١٦١٢٣٤٥٦٧٨", "+15550100", "112"]
_NUMBERS += ["+31612345678 ext. 5", "+31612345678\n", "tel:+31612345678", "+33612345678", "+31201234567", "+" * 64]
_PLACES = ["203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9", "10.0.0.1", "127.0.0.1", "::1", "0", "junk", "10.9.9.9"]
_PLACES += ["fe80::1%eth0", "203.0.113.9:80", " 203.0.113.9", "203.0.113.09", "[2001:db8::1]", ""]
_LOCALES = ["nl", "en-GB", "pt_BR", "zh-Hant-TW", "xx", "x", "en-", "-", "nl\n", "abc-" + "d" * 9, "en-" * 12 + "gb"]
_CODES = ["12345", "1234567", "12 34-56", "٠٤٢١٣٧", "abcdef", "\N{MINUS SIGN}-\N{EM DASH}12", "", "12345६", "²34567"]
_CODES += ["\N{FULLWIDTH DIGIT ONE}23456", "\u200b", "123456"]
_IDS = ["vf_x", "", "vf_" + "A" * 22, "x" * 64, "x" * 65, "vf_:messages", "vf_x\x00", "../x", "é", None]
OF_FIELD = {
    "phone_number": _NUMBERS,
    "country": ["NL", "nl", "Be", "XX", "N", "NLD", "N1", "NL\n", "İI"],
    "purpose": ["login", "signup", "pay_out", "Login", "1st", "a" * 32, "a" * 33, "login\n", "login "],
    "locale": _LOCALES,
    "client_ip": _PLACES,
    "reference": ["cart-77", "x" * 128, "x" * 129, "\x00", "", "a b", "042137", "😀" * 65, "é"],
    "subject": ["user-42", "x" * 128, "x" * 129, "", "\ud800"],
    "device_token": ["dt_20000_" + "a" * 22, "dt_1_x", "", "x" * 65],
    "human_check": ["x", "e30=", "bnVsbA==", "", "x" * 8192, "x" * 8193],
    "verification_id": _IDS,
    "code": _CODES,
    "proof": ["x"],
}
STRANGE_NAMES = ["foo", "", "Phone_Number", "phoneNumber", "__proto__", "a/b~c", "\ud800", "é", "ask", "by_id", " code"]

# What stands where a value is to stand.
TOKENS = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "01", "1.", "9" * 5000, "nul", "True", "undefined"]
TOKENS += ['"\\ud800"', '"\\udc00\\ud800"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\x41"', '"\\u00e"', '"\\/"']
TOKENS += ['"a\x00b"', '"a\nb"', '"a\tb"', '"\x7f"', "'a'", '"a']

_PHONE = b'"phone_number": "+31612345678"'
WHOLE = {
    "nothing": b"",
    "spaces": b"  \r\n\t ",
    "null": b"null",
    "true": b"true",
    "a number": b"42",
    "a text": b'"+31612345678"',
    "a list": b"[{" + _PHONE + b"}]",
    "no field": b"{}",
    "an empty list": b"[]",
    "a form": b"phone_number=%2B31612345678",
    "single quotes": b"{'phone_number': '+31612345678'}",
    "deep lists": b"[" * 9000,
    "closed lists": b"[" * 4000 + b"]" * 4000,
    "deep objects": b'{"a":' * 2500 + b"1" + b"}" * 2500,
    "a deep field": b'{"phone_number": ' + b"[" * 300 + b"]" * 300 + b"}",
    "a long name": b'{"' + b"x" * 15_000 + b'": 1}',
    "many names": json.dumps({f"n{number}": number for number in range(900)}).encode(),
    "a comment": b"{/* */ " + _PHONE + b"}",
    "utf-8 that is none": b"\xff\xfe\xfd",
    "a half letter": b'{"phone_number": "\xe2\x82"}',
    "an overlong letter": b'{"phone_number": "\xc0\xaf"}',
}
