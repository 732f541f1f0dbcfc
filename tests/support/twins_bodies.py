"""What may be odd about a body: its fields, how they are written, the bytes themselves."""

import json
import string

from tests.support.twins_values import ODD, OF_FIELD, STRANGE_NAMES, TOKENS, WHOLE


def change_field(request, random):
    """Give one field another value, of the right type or not."""
    name = random.choice([*request.fields, *OF_FIELD])
    values = ODD if random.random() < 0.4 else OF_FIELD.get(name, ODD)
    request.fields[name] = random.choice(values)


def take_field(request, random):
    if request.fields:
        del request.fields[random.choice(list(request.fields))]


def add_field(request, random):
    request.fields[random.choice(STRANGE_NAMES)] = random.choice(ODD)


def mix_forms(request, random):
    """Let one body be of both forms."""
    request.fields.setdefault("verification_id", random.choice(["vf_x", None, 5, ""]))
    request.fields.setdefault("phone_number", random.choice(["+31612345678", None, 5, ""]))


def replace_whole(request, random):
    name = random.choice(list(WHOLE))
    request.kind += f" ({name})"
    request.raw = WHOLE[name]


def say_twice(request, random):
    """Say one name twice; parsers differ in which of them counts."""
    name, text = _some_name(request, random), request.text
    other = json.dumps(random.choice([*OF_FIELD.get(name, []), *ODD[:12]]))
    said = random.choice([json.dumps(name), f'"{_escaped(name)}"'])
    at_first, at_last = f"{{{said}: {other}, {text[1:]}", f"{text[:-1]}, {said}: {other}}}"
    request.raw = random.choice([at_first, at_last]).encode(errors="surrogatepass")


def put_token(request, random):
    """Write one value in a way that JSON knows or does not know."""
    name = _some_name(request, random)
    rest = {key: value for key, value in request.fields.items() if key != name}
    text = f"{{{json.dumps(name)}: {random.choice(TOKENS)}, {json.dumps(rest)[1:]}"
    request.raw = text.replace(", }", "}").encode()


def write_otherwise(request, random):
    """Write the same in other bytes, most of which mean the same."""
    text = request.text
    ways = [
        _escaped(text),
        _escaped(text).upper().replace("\\U", "\\u"),
        text.replace(": ", ":").replace(", ", ","),
        text.replace(", ", " ,\r\n\t ").replace(": ", " :  "),
        text.replace("_", "\\u005f"),
        text.replace("/", "\\/"),
        text.ljust(16 * 1024),
        text.replace('"', '\\"', 1),
        text.replace("}", ",}"),
        text.replace('": "', '": "é', 1),
    ]
    request.raw = random.choice(ways).encode()


def spoil_bytes(request, random):
    """Break the bytes themselves."""
    body, text = request.body, request.text
    place = random.randrange(len(body)) if body else 0
    ways = [
        body[:place],
        body[place:],
        body[:place] + random.randbytes(1) + body[place + 1 :],
        body + random.choice([b"x", b"}", b"\x00", b" {}", b"\n", b"\xef\xbb\xbf"]),
        b"\xef\xbb\xbf" + body,
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32-be"),
        body.replace(b'": "', b'": "\xe9', 1),
        body.replace(b'": "', b'": "\xed\xa0\x80', 1),
    ]
    request.raw = random.choice(ways)


def _some_name(request, random):
    return random.choice(list(request.fields) or ["code"])


def _escaped(text):
    return "".join(f"\\u{ord(letter):04x}" if letter in string.ascii_letters else letter for letter in text)


TWISTS = {
    "another value": change_field,
    "a field less": take_field,
    "a field more": add_field,
    "both forms": mix_forms,
    "no such body": replace_whole,
    "a name twice": say_twice,
    "an odd value": put_token,
    "written otherwise": write_otherwise,
    "broken bytes": spoil_bytes,
}
