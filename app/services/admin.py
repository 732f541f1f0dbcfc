"""Operator commands: block, unlock and forget numbers; replay and drop dead jobs; log who did it."""

from collections.abc import Container, Sequence

from app.domain.keyring import Keyring
from app.domain.operator_act import OperatorAct
from app.domain.phone_number import parse_phone_number
from app.logs import log
from app.store.audit_trail import AuditTrail
from app.store.dead_letters import DeadLetter, DeadLetters
from app.store.encryption import RecordEncryption
from app.store.numbers import Numbers


async def unlock_number(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> bool:
    """End a number's waits and locks in all apps; return False when there were none."""
    name = _name(number, encryption)
    return any([await numbers.unlock(app, name) for app in apps])


async def revoke_devices(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> bool:
    """Let the device tokens of a number make no known device any more, in all apps; return True."""
    name = _name(number, encryption)
    for app in apps:
        await numbers.revoke_devices(app, name)
    return True


async def block_number(number: str, *, encryption: RecordEncryption, numbers: Numbers) -> bool:
    """Refuse all further requests for a number; return False when no more can be blocked."""
    return await numbers.block(_name(number, encryption))


async def unblock_number(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> bool:
    """Unblock a number and clear its opt-outs, in all apps; return False when there was none."""
    return await numbers.unblock(_name(number, encryption), apps=apps)


async def forget_number(number: str, *, apps: Sequence[str], encryption: RecordEncryption, numbers: Numbers) -> int:
    """Delete what is stored for a number except its block, opt-outs of senders and revoked devices; count the keys."""
    name = _name(number, encryption)
    return sum([await numbers.forget(app, name) for app in apps])


async def list_jobs(dead_letters: DeadLetters) -> list[DeadLetter]:
    """List the dead jobs, oldest first."""
    return await dead_letters.list()


async def jobs_of(records: Container[str], dead_letters: DeadLetters) -> list[DeadLetter]:
    """List the dead jobs of these verifications and messages, oldest first."""
    return await dead_letters.of(records)


async def replay_job(id: str, dead_letters: DeadLetters) -> bool:
    """Queue a dead job again; return False when it does not exist."""
    return await dead_letters.replay(id)


async def drop_job(id: str, dead_letters: DeadLetters) -> bool:
    """Delete a dead job; return False when it does not exist."""
    return await dead_letters.drop(id)


def log_name_of(number: str, keyring: Keyring) -> str:
    """Return the name of a number in the log; raises `InvalidPhoneNumber`."""
    return keyring.log_name(parse_phone_number(number).e164)


def log_act(act: OperatorAct, *, outcome: str) -> None:
    """Log what an operator did, or tried: `done`, `not_done`, or `unknown` after an error of Redis."""
    log.info("operator_act", **act.fields, outcome=outcome)


async def store_act(act: OperatorAct, audit_trail: AuditTrail) -> None:
    """Store an act that changed something, so that `otp numbers show` shows who did it."""
    await audit_trail.add(act)


async def acts_on_number(log_name: str, audit_trail: AuditTrail, *, most: int = 20) -> list[OperatorAct]:
    """List the newest acts that changed something of a number, the newest first."""
    return await audit_trail.on_number(log_name, most=most)


def _name(number: str, encryption: RecordEncryption) -> str:
    return encryption.name_number(parse_phone_number(number).e164)
