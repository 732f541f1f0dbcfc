"""Check the account of every gateway and count the reports it sent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import TemporarilyUnavailable
from app.domain.gateway import Gateway, GatewayError
from app.store.messages import Messages


@dataclass(frozen=True, slots=True)
class GatewayCheck:
    """The account status that one gateway returned, or its error; `reports` is None where they could not be counted."""

    gateway: str
    result: str | GatewayError
    reports: Mapping[str, int] | None


async def check_gateways(gateways: Mapping[str, Gateway], messages: Messages | None) -> list[GatewayCheck]:
    """Check all gateways concurrently and return the results in their order; no SMS is sent.

    `messages` is None where the store is embedded in another process.
    """
    return await asyncio.gather(*(_check(name, gateway, messages) for name, gateway in gateways.items()))


async def _check(name: str, gateway: Gateway, messages: Messages | None) -> GatewayCheck:
    result, reports = await asyncio.gather(_check_account(gateway), _report_counts(name, messages))
    return GatewayCheck(name, result, reports)


async def _check_account(gateway: Gateway) -> str | GatewayError:
    """Call the gateway; return its errors as results."""
    try:
        return await gateway.check()
    except GatewayError as failure:
        return failure


async def _report_counts(name: str, messages: Messages | None) -> Mapping[str, int] | None:
    """Count the reports; return None while Redis is unavailable, so that the gateways are still checked."""
    if messages is None:
        return None
    try:
        return await messages.counts(name)
    except TemporarilyUnavailable:
        return None
