"""An operator asks every gateway whether its account works, and sees what became of its reports."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import TemporarilyUnavailable
from app.domain.gateway import Gateway, GatewayError
from app.store.messages import Messages


@dataclass(frozen=True, slots=True)
class GatewayCheck:
    """What one gateway said of its account, or how it failed; `reports` is None where nobody could count them."""

    gateway: str
    said: str | GatewayError
    reports: Mapping[str, int] | None


async def check_gateways(gateways: Mapping[str, Gateway], messages: Messages | None) -> list[GatewayCheck]:
    """Check all gateways at once, and tell of each in their order; no SMS is sent.

    `messages` is None where the store is another process's own.
    """
    return await asyncio.gather(*(_check(name, gateway, messages) for name, gateway in gateways.items()))


async def _check(name: str, gateway: Gateway, messages: Messages | None) -> GatewayCheck:
    said, reports = await asyncio.gather(_check_account(gateway), _report_counts(name, messages))
    return GatewayCheck(name, said, reports)


async def _check_account(gateway: Gateway) -> str | GatewayError:
    """Call the gateway; its errors are answers too."""
    try:
        return await gateway.check()
    except GatewayError as failure:
        return failure


async def _report_counts(name: str, messages: Messages | None) -> Mapping[str, int] | None:
    """Count the reports; a store that is away keeps nobody from looking at the gateways."""
    if messages is None:
        return None
    try:
        return await messages.counts(name)
    except TemporarilyUnavailable:
        return None
