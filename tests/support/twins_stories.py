"""Requests as lives of codes: each asks, resends, guesses and repeats by what was answered before, often oddly."""

import copy
from dataclasses import dataclass

import orjson

from tests.support import twins_bodies, twins_heads, twins_ways
from tests.support.calls import CODE
from tests.support.makers import PHONE
from tests.support.twins import BLOCKED
from tests.support.twins_requests import Request

ASK, CHECK = "/v1/request-code", "/v1/verify-code"
SHOP = "https://shop.example.com"
TWISTS = twins_bodies.TWISTS | twins_heads.TWISTS | twins_ways.TWISTS
_NUMBERS = [f"+3161234{number:04d}" for number in range(400)]
_ODD_NUMBERS = [
    "+4915123456789",
    "+32470123456",
    "+33612345678",
    "+12125550123",
    "+31201234567",
    "+316123",
    "0612345678",
]
_ODD_NUMBERS += [BLOCKED, BLOCKED]
_ADDRESSES = [f"198.51.100.{number}" for number in range(40)] + [f"2001:db8:{number:x}::1" for number in range(20)]
_LOCKED = "+31612349999"  # guessed wrong more often than any other


@dataclass
class Life:
    """A verification as its owner knows it; `code` is None where nobody read the SMS."""

    id: str
    number: str
    app: str
    purpose: str
    code: str | None = None


class Stories:
    """Tells request after request; `random` is all its chance, `apps` have keys `sk_<app>` and `pk_<app>`.

    An app that is named twice calls twice as often; `fixed` are the codes of numbers that get no SMS.
    """

    def __init__(self, random, apps, fixed):
        self._random = random
        self._apps = apps
        self._fixed = fixed
        self._lives = []
        self._victim = None
        self._said = []
        self._tokens = []
        self._told = {
            self._ask: 36,
            self._ask_again: 11,
            self._check_right: 15,
            self._check_wrong: 16,
            self._check_by_number: 8,
            self._repeat: 12,
            self._check_strange: 3,
        }

    def tell(self):
        """Give the next request: as it should be, or with one oddity, or with two."""
        (tell,) = self._random.choices(list(self._told), weights=list(self._told.values()))
        request = tell()
        for _ in range(self._random.choices([0, 1, 2], weights=[25, 60, 15])[0]):
            name = self._random.choice(list(TWISTS))
            request.kind += f", {name}"
            TWISTS[name](request, self._random)
        return request

    async def hear(self, request, answer, code_of):
        """Learn from an answer: of a new code, or that one is no more."""
        if answer is None or answer.status not in {200, 202, 404} or not answer.body:
            return
        told = orjson.loads(answer.body)
        if answer.status in {200, 404}:
            ended = told.get("verification_id", request.fields.get("verification_id"))
            self._lives = [life for life in self._lives if life.id != ended]
            self._victim = self._victim if self._victim in self._lives else None
        if answer.status == 200 and "*" not in told["phone_number"]:
            self._tokens = [*self._tokens[-9:], (told["phone_number"], told["device_token"])]
        elif answer.status == 202 and all(life.id != told["verification_id"] for life in self._lives):
            number = request.fields.get("phone_number") or PHONE
            life = Life(told["verification_id"], number, _app_of(request), told["purpose"])
            life.code = self._fixed.get(number) or await code_of(life.id, length=told["code_length"])
            self._lives = [*self._lives[-40:], life]

    def _request(self, kind, path, fields, *, app=None, is_secret=None):
        """Write a request with a key of the app, from a backend or a browser."""
        random = self._random
        app = app or random.choice(self._apps)
        is_secret = random.random() < 0.65 if is_secret is None else is_secret
        request = Request(kind, path, fields, address=random.choice(_ADDRESSES))
        request.say("host", "127.0.0.1:8000")
        request.say("authorization", f"Bearer {'sk' if is_secret else 'pk'}_{app}")
        request.say("content-type", "application/json")
        if is_secret and random.random() < 0.3:
            fields["client_ip"] = random.choice(_ADDRESSES)
        if not is_secret and app == "shop" and random.random() < 0.5:
            request.say("origin", SHOP)
        if random.random() < 0.25:
            self._name_it(request)
        return request

    def _name_it(self, request):
        """Give it an Idempotency-Key, and remember it for a repeat."""
        key = f"k{self._random.randrange(10_000)}"
        request.say("idempotency-key", self._random.choice([key, f'"{key}"']))
        self._said = [*self._said[-20:], copy.deepcopy(request)]

    def _ask(self):
        random = self._random
        usual = random.choice(_NUMBERS)
        number = random.choices([usual, PHONE, _LOCKED, random.choice(_ODD_NUMBERS)], weights=[76, 6, 4, 14])[0]
        fields = {"phone_number": number}
        for name, values in {
            "purpose": ["login", "login", "signup"],
            "reference": ["cart-77", "ünï", "042137-a"],
            "subject": ["user-42", "user-43"],
            "locale": ["nl", "en-GB", "xx"],
            "country": ["NL", "BE"],
            "human_check": ["e30="],
        }.items():
            if random.random() < 0.12:
                fields[name] = random.choice(values)
        if self._tokens and random.random() < 0.1:
            fields["phone_number"], fields["device_token"] = random.choice(self._tokens)
        return self._request("ask", ASK, fields)

    def _ask_again(self):
        life = self._some_life()
        return self._request("ask again", ASK, {"verification_id": life.id}, app=self._app_for(life))

    def _check_right(self):
        life = self._some_life()
        code = life.code or CODE
        typed = self._random.choice([code, code, f"{code[:3]} {code[3:]}", f"{code[:2]}-{code[2:]}"])
        fields = {"verification_id": life.id, "code": typed}
        if self._random.random() < 0.2:
            fields["purpose"] = self._random.choice([life.purpose, "signup"])
        return self._request("check, right", CHECK, fields, app=self._app_for(life))

    def _check_wrong(self):
        """Guess, mostly at the one that was guessed at before."""
        life = self._some_life() if self._victim is None or self._random.random() < 0.03 else self._victim
        self._victim = life
        fields = {"verification_id": life.id, "code": self._wrong(life)}
        return self._request("check, wrong", CHECK, fields, app=self._app_for(life))

    def _check_by_number(self):
        life = self._some_life()
        code = life.code if life.code and self._random.random() < 0.5 else self._wrong(life)
        fields = {"phone_number": life.number, "code": code, "purpose": life.purpose}
        is_secret = self._random.random() < 0.9
        return self._request("check by number", CHECK, fields, app=self._app_for(life), is_secret=is_secret)

    def _check_strange(self):
        life = self._some_life()
        id = self._random.choice([f"{life.id}:", life.id[:-1], life.id.upper(), "vf_x", "*", f":{life.id}"])
        return self._request("check of nobody", CHECK, {"verification_id": id, "code": "042137"})

    def _repeat(self):
        """Say again what was said before, letter for letter, or otherwise under the same key."""
        if not self._said:
            return self._ask()
        request = copy.deepcopy(self._random.choice(self._said))
        if self._random.random() < 0.4:
            request.fields["client_ip"] = "203.0.113.99"
        request.kind = f"repeat of: {request.kind}"
        return request

    def _some_life(self):
        nobody = Life("vf_x", PHONE, self._apps[0], "login")
        return self._random.choice(self._lives[-12:]) if self._lives else nobody

    def _app_for(self, life):
        """Mostly the life's own."""
        return life.app if self._random.random() < 0.95 else self._random.choice(self._apps)

    def _wrong(self, life):
        length = len(life.code or CODE)
        return f"{self._random.randrange(10**length):0{length}d}"


def _app_of(request):
    return request.value_of("authorization").strip().rpartition("_")[2] or "dev"
