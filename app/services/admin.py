"""What only an operator does: numbers, and jobs that failed for good."""

from collections.abc import Sequence

from app.domain.keyring import Keyring
from app.domain.phone_number import parse_phone_number
from app.services.parts.number_encryption import name_number
from app.store.dead_letters import DeadLetter, DeadLetters
from app.store.numbers import Numbers


async def unlock_number(number: str, *, apps: Sequence[str], keyring: Keyring, numbers: Numbers) -> bool:
    """End a number's waits and locks in all apps; False when there were none."""
    name = _name(number, keyring)
    return any([await numbers.unlock(app, name) for app in apps])


async def block_number(number: str, *, keyring: Keyring, numbers: Numbers) -> bool:
    """Refuse all further requests for a number; False when no more can be blocked."""
    return await numbers.block(_name(number, keyring))


async def unblock_number(number: str, *, keyring: Keyring, numbers: Numbers) -> bool:
    """Open a number again, and forget that its person opted out; False when there was neither."""
    return await numbers.unblock(_name(number, keyring))


async def forget_number(number: str, *, apps: Sequence[str], keyring: Keyring, numbers: Numbers) -> int:
    """Erase all that is kept of a number, its pending codes included; tells how many keys went."""
    name = _name(number, keyring)
    return sum([await numbers.forget(app, name) for app in apps])


async def list_jobs(dead_letters: DeadLetters) -> list[DeadLetter]:
    """Read the jobs that failed for good, oldest first."""
    return await dead_letters.list()


async def replay_job(id: str, dead_letters: DeadLetters) -> bool:
    """Give a dead job another life; False when it is not there."""
    return await dead_letters.replay(id)


async def drop_job(id: str, dead_letters: DeadLetters) -> bool:
    """Forget a dead job; False when it is not there."""
    return await dead_letters.drop(id)


def _name(number: str, keyring: Keyring) -> str:
    return name_number(parse_phone_number(number, voip=True).e164, keyring)
