"""Operator commands: block, unlock and forget numbers; replay and drop dead jobs."""

from collections.abc import Sequence

from app.domain.phone_number import parse_phone_number
from app.store.dead_letters import DeadLetter, DeadLetters
from app.store.encryption import RecordEncryption
from app.store.numbers import Numbers


async def unlock_number(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> bool:
    """End a number's waits and locks in all apps; return False when there were none."""
    name = _name(number, encryption)
    return any([await numbers.unlock(app, name) for app in apps])


async def block_number(number: str, *, encryption: RecordEncryption, numbers: Numbers) -> bool:
    """Refuse all further requests for a number; return False when no more can be blocked."""
    return await numbers.block(_name(number, encryption))


async def unblock_number(number: str, *, encryption: RecordEncryption, numbers: Numbers) -> bool:
    """Unblock a number and clear its opt-out; return False when there was neither."""
    return await numbers.unblock(_name(number, encryption))


async def forget_number(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> int:
    """Delete everything stored for a number except its block; return the number of deleted keys."""
    name = _name(number, encryption)
    return sum([await numbers.forget(app, name) for app in apps])


async def list_jobs(dead_letters: DeadLetters) -> list[DeadLetter]:
    """List the dead jobs, oldest first."""
    return await dead_letters.list()


async def replay_job(id: str, dead_letters: DeadLetters) -> bool:
    """Queue a dead job again; return False when it does not exist."""
    return await dead_letters.replay(id)


async def drop_job(id: str, dead_letters: DeadLetters) -> bool:
    """Delete a dead job; return False when it does not exist."""
    return await dead_letters.drop(id)


def _name(number: str, encryption: RecordEncryption) -> str:
    return encryption.name_number(parse_phone_number(number).e164)
