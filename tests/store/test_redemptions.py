"""Redemptions: each proof is redeemed once."""

import asyncio
import time


async def test_one_of_many_racing_redemptions_succeeds(container):
    expires_at = int(time.time()) + 300

    answers = await asyncio.gather(
        *(container.redeem_proof.redemptions.redeem("pr_1", expires_at=expires_at) for _ in range(50))
    )

    assert answers.count(True) == 1
    assert await container.redeem_proof.redemptions.is_redeemed("pr_1")
    assert not await container.redeem_proof.redemptions.is_redeemed("pr_2")


async def test_redemption_is_stored_a_minute_longer_than_the_proof(redis, key, container):
    """Clocks differ: if our clock is behind, a proof is still valid after Redis would have expired it."""
    await container.redeem_proof.redemptions.redeem("pr_1", expires_at=int(time.time()) + 300)

    assert 350_000 < await redis.pttl(key("redeemed", "pr_1")) <= 360_000


async def test_proof_in_its_last_second_is_redeemed_once(container):
    expires_at = int(time.time())

    assert await container.redeem_proof.redemptions.redeem("pr_1", expires_at=expires_at)
    assert not await container.redeem_proof.redemptions.redeem("pr_1", expires_at=expires_at)
