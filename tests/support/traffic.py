"""People who log in by SMS: they request codes, mistype them, request too often; and reports of each delivery."""

import asyncio
from contextlib import suppress
from itertools import count
from typing import Self

from tests.support.api_calls import WRONG_CODE, post_request_code, post_verify_code
from tests.support.smstools import TOKEN
from tests.support.waiting import until

_PATIENCE_S = 300  # the lifetime of a code
_FORGED = TOKEN[::-1]


class Traffic:
    """One person every `interval` seconds, until the `async with` block ends; `reports`: deliveries are reported."""

    def __init__(self, client, vendor, *, interval):
        self._client = client
        self._vendor = vendor
        self._interval = interval
        self.reports = True

    async def __aenter__(self) -> Self:
        self._people = asyncio.create_task(self._start_people())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._people.cancel()
        with suppress(asyncio.CancelledError):
            await self._people

    async def _start_people(self):
        async with asyncio.TaskGroup() as people:
            for place in count():
                people.create_task(self._log_in(place))
                await asyncio.sleep(self._interval)

    async def _log_in(self, place):
        """Request a code, get it, and type it; who comes third asks twice, types a wrong code, and so on."""
        number = f"+49151{place:08d}" if place % 5 == 4 else f"+3162{place:07d}"
        answer = await post_request_code(self._client, number)
        if answer.status_code != 202:
            return
        id = answer.json()["verification_id"]
        if place % 3 == 0:
            await post_request_code(self._client, number)  # above the limit of the number
        await until(lambda: self._vendor.accepted[number], within=_PATIENCE_S)
        await self._report(number, TOKEN)
        if place % 2 == 0:
            await self._report(number, TOKEN)
        if place % 20 == 0:
            await self._report(number, _FORGED)
        if place % 3 == 0:
            await post_verify_code(self._client, id, WRONG_CODE)
        await post_verify_code(self._client, id, self._vendor.accepted[number][0])

    async def _report(self, number, token):
        """Report a delivery, at the URL with this secret part."""
        if not self.reports:
            return
        sent = next(
            body for body in (request.json() for request in self._vendor.requests) if f"+{body['to']}" == number
        )
        report = {
            "msgid": f"v-{sent['reference']}",
            "status": "delivered",
            "to": number,
            "reference": sent["reference"],
        }
        await self._client.post(f"/v1/reports/smstools/{token}", json=report)
