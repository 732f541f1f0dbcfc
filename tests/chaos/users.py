"""Users who log in by SMS while a scenario runs: they repeat what failed, mistype, guess, and check twice."""

import asyncio
import base64
import json
import time
from contextlib import suppress
from itertools import count

import httpx

from tests.chaos.ledger import Call, Login
from tests.support.actions import wrong_code

_KEY = {"Authorization": "Bearer sk_dev"}
_TIMEOUT_S = 5.0
_REPEAT_S = 0.3  # between a failed call and its repetition
_PATIENCE_S = 60.0  # a user repeats a failed call for so long
_SMS_S = 45.0  # and waits for the SMS for so long
_GUESSES = 8


class Users:
    """Start a login every `interval` seconds until `stop`.

    Of five users the second repeats an accepted request, the third mistypes, the fourth checks the right code twice at
    once, and the fifth only guesses. Of seven, one goes away when the request fails.
    """

    def __init__(self, url, ledger, vendors, *, interval):
        self._ledger, self._vendors, self._interval = ledger, vendors, interval
        limits = httpx.Limits(max_connections=300, max_keepalive_connections=100, keepalive_expiry=5)
        self._client = httpx.AsyncClient(base_url=url, timeout=_TIMEOUT_S, headers=_KEY, limits=limits)
        self._logins = set()

    def start(self):
        self._starting = asyncio.create_task(self._start_logins())

    async def stop(self):
        """Start no more logins, and wait until those that have begun are done."""
        self._starting.cancel()
        with suppress(asyncio.CancelledError):
            await self._starting
        await asyncio.gather(*self._logins)

    async def close(self):
        tasks = [self._starting, *self._logins]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def read_all(self):
        """Read each verification at the end, as the backend sees it."""
        for login in self._ledger.logins:
            for id in login.ids:
                answer = await self._repeat(login, "GET", f"/v1/verifications/{id}", expect={200, 404})
                login.is_kept = answer is not None and answer.is_success
                if login.is_kept:
                    login.attempts_left = answer.json()["attempts_left"]

    async def _start_logins(self):
        for place in count():
            self._logins.add(asyncio.create_task(self._log_in(place)))
            await asyncio.sleep(self._interval)

    async def _log_in(self, place):
        login = Login(f"+3162{place:07d}")
        self._ledger.logins.append(login)
        id = await self._request(login, place)
        code = await self._wait_for_code(login) if id else None
        if not code:
            return
        if place % 5 == 4:
            await asyncio.gather(*(self._guess_wrong(login, id, code, by) for by in range(1, _GUESSES + 1)))
            return
        for by in range(1, 1 + (place % 3 if place % 5 == 2 else 0)):
            await self._guess_wrong(login, id, code, by)
        if place % 5 == 3:
            proof = await self._check_twice_at_once(login, id, code)
        else:
            proof = await self._check(login, id, code, key=f"check-{place}")
        if proof:
            _enter_proof(login, await self._call(login, *_check_of(id, code), expect={404, 429}))
            await self._redeem_twice(login, proof, place)

    async def _request(self, login, place):
        """Request a code; return the verification's id, "" without one."""
        call, key = self._call if place % 7 == 6 else self._repeat, f"request-{place}"
        request = login, "POST", "/v1/request-code", {"phone_number": login.number}
        for _ in range(2 if place % 5 == 1 else 1):
            answer = await call(*request, key=key)
            if answer is not None and answer.status_code == 202:
                login.accepted_at = login.accepted_at or time.monotonic()
                login.ids.add(answer.json()["verification_id"])
                login.granted = answer.json()["attempts_left"]
        return next(iter(login.ids), "")

    async def _wait_for_code(self, login):
        waiting = [asyncio.create_task(vendor.code_of(login.number)) for vendor in self._vendors]
        done, rest = await asyncio.wait(waiting, timeout=_SMS_S, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        return done.pop().result() if done else ""

    async def _guess_wrong(self, login, id, code, by):
        answer = await self._call(login, *_check_of(id, wrong_code(code, by)), expect={400, 429})
        if answer is not None and answer.status_code == 400:
            login.wrong.append(answer.json()["attempts_left"])

    async def _check(self, login, id, code, *, key):
        """Check the right code, and repeat the call by its key until it is answered."""
        answer = await self._repeat(login, *_check_of(id, code), key=key)
        login.is_right_code_refused = answer is not None and not answer.is_success
        return _enter_proof(login, answer)

    async def _check_twice_at_once(self, login, id, code):
        """Check the right code twice at once, without a key: one call is approved."""
        calls = (self._call(login, *_check_of(id, code), expect={200, 404}) for _ in range(2))
        proofs = [_enter_proof(login, answer) for answer in await asyncio.gather(*calls)]
        return next(filter(None, proofs), "")

    async def _redeem_twice(self, login, proof, place):
        """Redeem a proof by two different calls, each repeated by its key until it is answered."""
        for turn in (1, 2):
            call = login, "POST", "/v1/proofs/redeem", {"proof": proof}
            answer = await self._repeat(*call, key=f"redeem-{place}-{turn}")
            login.redeemed += answer is not None and answer.is_success and answer.json()["active"]

    async def _repeat(self, login, method, path, body=None, **options):
        """Call until there is a response below 500, for a minute; return it, or None."""
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            answer = await self._call(login, method, path, body, **options)
            if answer is not None and answer.status_code < 500:
                return answer
            await asyncio.sleep(_REPEAT_S)
        return None

    async def _call(self, login, method, path, body=None, *, key="", expect=None):
        """Call once; return the response, or None where there was none. `expect`: statuses that are no error."""
        headers = {"Idempotency-Key": key} if key else {}
        began = time.monotonic()
        try:
            answer = await self._client.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            self._ledger.calls.append(Call(began, time.monotonic(), 0, _failure(error), is_expected=False))
            return None
        ended, status = time.monotonic(), answer.status_code
        code = "" if answer.is_success else answer.json()["code"]
        is_expected = status in expect if expect else answer.is_success
        self._ledger.calls.append(Call(began, ended, status, code, is_expected=is_expected))
        if status < 500:
            login.answered.append((began, ended))
        return answer


def _check_of(id, code):
    return "POST", "/v1/verify-code", {"verification_id": id, "code": code}


def _enter_proof(login, answer):
    """Enter the proof of an approval into the ledger, and return it; "" for any other answer."""
    if answer is None or not answer.is_success:
        return ""
    proof = answer.json()["proof"]
    claims = proof.split(".")[1]
    login.proofs.add(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"])
    return proof


def _failure(error):
    match error:
        case httpx.ConnectError():
            return "not connected"
        case httpx.ConnectTimeout():
            return "not connected in time"
        case httpx.TimeoutException():
            return "no response in time"
        case _:
            return "connection lost"
