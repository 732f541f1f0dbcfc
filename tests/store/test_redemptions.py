"""Which proofs were redeemed."""

import asyncio
import time


async def test_of_racing_redemptions_one_is_the_first(container):
    expires_at = int(time.time()) + 300

    answers = await asyncio.gather(*(container.redemptions.redeem("pr_1", expires_at=expires_at) for _ in range(50)))

    assert answers.count(True) == 1
    assert await container.redemptions.is_redeemed("pr_1")
    assert not await container.redemptions.is_redeemed("pr_2")


async def test_it_is_remembered_a_minute_longer_than_the_proof_lives(redis, key, container):
    """Clocks differ: where ours is behind Redis', a proof still reads valid that Redis would have forgotten."""
    await container.redemptions.redeem("pr_1", expires_at=int(time.time()) + 300)

    assert 350_000 < await redis.pttl(key("redeemed", "pr_1")) <= 360_000


async def test_a_proof_in_its_last_second_is_redeemed_once(container):
    expires_at = int(time.time())

    assert await container.redemptions.redeem("pr_1", expires_at=expires_at)
    assert not await container.redemptions.redeem("pr_1", expires_at=expires_at)
