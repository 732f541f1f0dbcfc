"""redeem_proof: mark a proof as redeemed, once, and repeat the answer to a repeated call."""

import asyncio
import time

import pytest

from app.domain.errors import IdempotencyKeyReused
from app.domain.request_context import IdempotencyScope

KEY = IdempotencyScope("dev|redeem|key-1", "the proof")


@pytest.fixture
def redemptions(container):
    return container.redeem_proof.redemptions


async def test_one_of_many_racing_redemptions_succeeds(redemptions):
    expires_at = int(time.time()) + 300

    answers = await asyncio.gather(*(redemptions.redeem("pr_1", expires_at=expires_at) for _ in range(50)))

    assert answers.count(True) == 1


async def test_racing_repeats_of_one_key_all_get_the_first_answer(redemptions):
    expires_at = int(time.time()) + 300
    calls = (redemptions.redeem("pr_1", expires_at=expires_at, idempotency=KEY) for _ in range(50))

    assert await asyncio.gather(*calls) == [True] * 50
    assert not await redemptions.redeem("pr_1", expires_at=expires_at)


async def test_the_answer_is_kept_for_a_minute(redemptions, redis, container):
    await redemptions.redeem("pr_1", expires_at=int(time.time()) + 300, idempotency=KEY)

    assert 50_000 < await redis.pttl(container.store.idempotency_key(KEY)) <= 60_000


async def test_a_key_of_another_proof_is_refused_and_redeems_nothing(redemptions):
    expires_at = int(time.time()) + 300
    await redemptions.redeem("pr_1", expires_at=expires_at, idempotency=KEY)

    with pytest.raises(IdempotencyKeyReused):
        await redemptions.redeem(
            "pr_2", expires_at=expires_at, idempotency=IdempotencyScope(KEY.scope, "another proof")
        )
    assert not await redemptions.is_redeemed("pr_2")


async def test_an_expired_proof_gets_its_first_answer_and_is_never_redeemed_anew(redemptions):
    expires_at = int(time.time())
    assert await redemptions.redeem("pr_1", expires_at=expires_at, idempotency=KEY)

    assert await redemptions.redeem("pr_1", expires_at=expires_at, idempotency=KEY, is_expired=True)
    other = IdempotencyScope("dev|redeem|key-2", "another proof")
    assert not await redemptions.redeem("pr_2", expires_at=expires_at, idempotency=other, is_expired=True)
    assert not await redemptions.is_redeemed("pr_2")
