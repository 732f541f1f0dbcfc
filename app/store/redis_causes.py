"""Why Redis does not serve: its own word, or one of ours where it says none, and what to do about each."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redis import exceptions


@dataclass(frozen=True, slots=True)
class Cause:
    """What to do, in sentences for an operator.

    `is_final`: it is certain, and waiting does not end it, so a process that starts does not wait for it.
    """

    advice: str
    is_final: bool = False


CAUSES: Mapping[str, Cause] = {
    "NOAUTH": Cause(
        "Redis asks for a password: write it into OTP_REDIS_URL, like redis://:password@redis:6379/0.", is_final=True
    ),
    "WRONGPASS": Cause(
        "Redis refuses the user or password of OTP_REDIS_URL. Write @, /, : and # in them as %40, %2F, %3A and %23.",
        is_final=True,
    ),
    "no_password_set": Cause(
        "This Redis has no password, and OTP_REDIS_URL has one: remove it there, or set `requirepass` in Redis. "
        "Is it a Sentinel's port, write redis+sentinel:// and `sentinel_password`.",
        is_final=True,
    ),
    "NOPERM": Cause(
        "The ACL of Redis refuses a command or key to this user: give it the rules of docs/operating/redis.md.",
        is_final=True,
    ),
    "database": Cause(
        "This Redis has no database of that number: write /0, or raise `databases` in Redis. "
        "Sentinels and clusters have none; theirs are redis+sentinel:// and redis+cluster://.",
        is_final=True,
    ),
    "SENTINEL": Cause(
        "This is the port of a Sentinel: write redis+sentinel://host:26379/mymaster/0 with the name that it watches.",
        is_final=True,
    ),
    "not_a_sentinel": Cause(
        "A host of redis+sentinel:// is no Sentinel: name the Sentinels and their port, mostly 26379.", is_final=True
    ),
    "unknown_service": Cause(
        "The Sentinels watch no primary of that name: write the name of their `sentinel monitor` after the hosts.",
        is_final=True,
    ),
    "not_a_cluster": Cause(
        "A host of redis+cluster:// is no node of a cluster: write redis:// for a single server.", is_final=True
    ),
    "MOVED": Cause(
        "The keys are on another node of this cluster: write redis+cluster:// in place of redis://.", is_final=True
    ),
    "not_redis": Cause(
        "The server does not answer as Redis does: check host and port. Does the port speak TLS, write rediss://.",
        is_final=True,
    ),
    "unknown_command": Cause(
        "The server does not know a command that the service needs: use Redis 7.0 or newer, or Valkey, and rename no "
        "command.",
        is_final=True,
    ),
    "not_tls": Cause("The port does not speak TLS: check it, or write redis:// without TLS.", is_final=True),
    "READONLY": Cause(
        "This server is a replica. After a failover that ends by itself; else name the primary in OTP_REDIS_URL, "
        "or the Sentinels by redis+sentinel://."
    ),
    "OOM": Cause("The memory of Redis is full: raise `maxmemory`. Nothing is accepted until then."),
    "MISCONF": Cause(
        "Redis cannot write to its disk, and so refuses writes: free the disk, or repair it; its log has the reason."
    ),
    "NOREPLICAS": Cause(
        "Too few replicas are connected for `min-replicas-to-write`: repair them, or lower that figure."
    ),
    "LOADING": Cause("Redis loads its data after a start; that ends by itself."),
    "BUSY": Cause("Redis runs a script of another program: end it by SCRIPT KILL; each program needs its own Redis."),
    "CLUSTERDOWN": Cause("The cluster has no primary for the keys: bring back its failed nodes."),
    "TRYAGAIN": Cause("The slot of the keys moves to another node; that ends by itself."),
    "ASK": Cause("The slot of the keys moves to another node; that ends by itself."),
    "MASTERDOWN": Cause("The replica has lost its primary; a failover ends that."),
    "max_clients": Cause("Redis has no connection left: raise `maxclients`, or find who opens so many."),
    "timeout": Cause(
        "Redis does not answer in time: check host, port, firewall, and whether the port speaks TLS (rediss://) or not."
    ),
    "no_such_host": Cause("The host of OTP_REDIS_URL has no address: check its name, and the DNS of this machine."),
    "certificate": Cause(
        "The certificate of Redis is not accepted: name its authority by `ssl_ca_certs`, use the host that it is for, "
        "and check its dates."
    ),
    "tls": Cause("TLS with Redis fails: check certificate, key and version, and whether it asks for `ssl_certfile`."),
    "ECONNREFUSED": Cause("No Redis listens there: start it, or check host and port."),
    "ENOENT": Cause("A file is missing: the socket of unix://, or one that `ssl_…` names."),
    "EACCES": Cause("This user may not open the socket of unix://: add it to the group of Redis."),
    "disconnected": Cause("The connection was closed: check host, port, and the log of Redis."),
}
"""The causes that operators meet, those that stop a start first; any other is one that the operating system names."""

_OTHER = "The way to Redis fails: check host, port and network."
_REDIS_WORD = re.compile(r"""(?:^|: -|caused error: |: \(['"])([A-Z]{3,16}) """)
_BY_SENTENCE = {  # of errors that Redis gives no word but ERR; the first are redis-py's, for a reply that is not OK
    "not_redis": re.compile("^Invalid (?:Username or Password|Database)$"),
    "database": re.compile(r"DB index is out of range|SELECT is not allowed|unknown command [`']SELECT"),
    "unknown_command": re.compile("unknown (?:sub)?command"),
    "max_clients": re.compile("max number of clients"),
    "no_password_set": re.compile("without any password configured|no password is set"),
    "NOPERM": re.compile("ACL failure in script|The user executing the script can't"),
}
_BY_KIND: dict[type[BaseException], str] = {  # of errors from which redis-py removes Redis' word
    exceptions.MovedError: "MOVED",
    exceptions.AskError: "ASK",
    exceptions.BusyLoadingError: "LOADING",
    exceptions.ClusterDownError: "CLUSTERDOWN",
    exceptions.MasterDownError: "MASTERDOWN",
    exceptions.OutOfMemoryError: "OOM",
    exceptions.ReadOnlyError: "READONLY",
    exceptions.TryAgainError: "TRYAGAIN",
    exceptions.NoPermissionError: "NOPERM",
    exceptions.InvalidResponse: "not_redis",
    exceptions.TimeoutError: "timeout",
    TimeoutError: "timeout",
    socket.gaierror: "no_such_host",
    ssl.SSLCertVerificationError: "certificate",
}
_NOT_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}


class NotServed(exceptions.ConnectionError):
    """What answers is not what the URL names; `word` is a name of `CAUSES`."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


def redis_cause(error: BaseException) -> str:
    """Return what failed, in one word: Redis' own, like `READONLY`, that of the operating system, or one of ours."""
    for one in _chain(error):
        if word := _word_of_reply(one) or _word_of_kind(one):
            return word
    return "ERR" if isinstance(error, exceptions.ResponseError) else "disconnected"


def advice_of(cause: str) -> str:
    """Return what to do about a cause."""
    return CAUSES[cause].advice if cause in CAUSES else _OTHER


def _word_of_reply(error: BaseException) -> str:
    """Return the word of an error that Redis has answered, or ""."""
    if isinstance(error, NotServed):
        return error.word
    if not isinstance(error, exceptions.RedisError):
        return ""
    text = str(error)
    for word, sentence in _BY_SENTENCE.items():
        if sentence.search(text):
            return word
    if error.status_code and error.status_code != "ERR":
        return error.status_code
    match = _REDIS_WORD.search(text)
    return match[1] if match and match[1] != "ERR" else ""


def _word_of_kind(error: BaseException) -> str:
    """Return the word of an error by its class, or by its number in the operating system; or ""."""
    for kind, word in _BY_KIND.items():
        if isinstance(error, kind):
            return word
    if isinstance(error, ssl.SSLError):
        return "not_tls" if error.reason in _NOT_TLS else "tls"
    return errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, then what it was raised from, and errors of the operating system that it was raised after."""
    current: BaseException | None = error
    is_cause = True
    while current is not None:
        if is_cause or isinstance(current, OSError):
            yield current
        is_cause = current.__cause__ is not None
        current = current.__cause__ or current.__context__
