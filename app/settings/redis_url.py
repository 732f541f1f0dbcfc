"""Parse the URL of Redis: one server, Sentinels that name the primary, or a cluster.

`redis://host:6379/0`, `rediss://…` with TLS, `unix:///run/redis.sock?db=0`,
`redis+sentinel://host:26379,host2:26379/<service>/0`, `redis+cluster://host:6379,host2:6379`, and the last two with TLS
as `rediss+sentinel://` and `rediss+cluster://`. User and password stand before the hosts, as in any URL.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

EMBEDDED = "memory://"
_DEFAULT_PORT, _SENTINEL_PORT = 6379, 26379
_TLS_FILES = {"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"}
_TLS_OPTIONS = frozenset(_TLS_FILES | {"ssl_password", "ssl_cert_reqs", "ssl_check_hostname"})
_SENTINEL_OPTIONS = frozenset({"sentinel_username", "sentinel_password"})
_LABEL = "[A-Za-z0-9_-]{1,63}"
_HOST = re.compile(rf"(\[[0-9a-fA-F:.]+\]|(?=.{{1,253}}(?::|$)){_LABEL}(?:\.{_LABEL})*\.?)(?::([0-9]{{1,5}}))?")
_EXAMPLES = (
    "write it like redis://:password@redis:6379/0, redis+sentinel://host:26379,host2:26379/mymaster/0, "
    "redis+cluster://host,host2, unix:///run/redis.sock, or memory:// for the embedded store"
)


class RedisKind(StrEnum):
    """How the primary is found, as logs name it."""

    EMBEDDED = "embedded"
    SERVER = "redis"
    SOCKET = "unix"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


@dataclass(frozen=True, slots=True, repr=False)
class RedisUrl:
    """Where Redis is. `repr()` does not show it, because it holds passwords.

    `hosts` are servers, Sentinels or nodes of the cluster, with their ports; `options` are arguments of redis-py's
    connections, `sentinel_options` those of connections to the Sentinels.
    """

    kind: RedisKind
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    path: str = ""
    tls: bool = False
    options: Mapping[str, object] = field(default_factory=dict)
    sentinel_options: Mapping[str, object] = field(default_factory=dict)


def read_redis_url(url: str) -> str:
    """Validate the URL of Redis; errors never quote it. Returns it unchanged."""
    parse_redis_url(url)
    return url


def parse_redis_url(url: str) -> RedisUrl:
    """Parse the URL of Redis; raises `ValueError` with a sentence that does not quote it.

    The query may set TLS files, the protocol and the Sentinels' credentials only: other options could override our
    timeouts.
    """
    if url == EMBEDDED:
        return RedisUrl(RedisKind.EMBEDDED)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError(_EXAMPLES) from None
    if re.search(r"[^!-~]", url) or parts.fragment:
        raise ValueError(_EXAMPLES)
    scheme, _, kind = parts.scheme.partition("+")
    if parts.scheme == "unix":
        return _socket(parts)
    if scheme not in {"redis", "rediss"} or kind not in {"", "sentinel", "cluster"}:
        raise ValueError(_EXAMPLES)
    return _servers(parts, RedisKind(kind or "redis"), tls=scheme == "rediss")


def _servers(parts: SplitResult, kind: RedisKind, *, tls: bool) -> RedisUrl:
    hosts = _hosts(parts, _SENTINEL_PORT if kind is RedisKind.SENTINEL else _DEFAULT_PORT)
    if kind is RedisKind.SERVER and len(hosts) > 1:
        raise ValueError("name one host, or use redis+sentinel:// or redis+cluster:// for several")
    service, database = _path(parts, kind)
    query = _query(parts, tls=tls, sentinel=kind is RedisKind.SENTINEL)
    shared = {name: value for name, value in query.items() if name not in _SENTINEL_OPTIONS}
    tls_options = {name: value for name, value in shared.items() if name.startswith("ssl_")}
    sentinel = {name.removeprefix("sentinel_"): query[name] for name in sorted(_SENTINEL_OPTIONS & query.keys())}
    return RedisUrl(
        kind=kind,
        hosts=hosts,
        service=service,
        tls=tls,
        options={**_credentials(parts), **shared, **({"db": database} if database else {})},
        sentinel_options={**sentinel, **tls_options} if kind is RedisKind.SENTINEL else {},
    )


def _socket(parts: SplitResult) -> RedisUrl:
    """Parse `unix://[user:password@]/path?db=0`."""
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    database = query.pop("db", "0")
    protocol = query.pop("protocol", "2")
    if query or parts.hostname or not parts.path.strip("/") or not database.isdecimal() or protocol not in {"2", "3"}:
        raise ValueError("write a socket like unix:///run/redis/redis.sock?db=0")
    options = {**_credentials(parts), "protocol": int(protocol), **({"db": int(database)} if int(database) else {})}
    return RedisUrl(RedisKind.SOCKET, path=unquote(parts.path), options=options)


def _hosts(parts: SplitResult, default_port: int) -> tuple[tuple[str, int], ...]:
    hosts = []
    for text in parts.netloc.rpartition("@")[2].split(","):
        match = _HOST.fullmatch(text)
        port = int(match[2] or default_port) if match else 0
        if match is None or not 0 < port < 65_536:  # noqa: PLR2004  the ports of TCP
            raise ValueError(_EXAMPLES)
        hosts.append((match[1].strip("[]"), port))
    return tuple(hosts)


def _credentials(parts: SplitResult) -> dict[str, object]:
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return {name: unquote(value) for name, value in (("username", user), ("password", password)) if value}


def _path(parts: SplitResult, kind: RedisKind) -> tuple[str, int]:
    """Return the service of the Sentinels and the number of the database."""
    names = [unquote(name) for name in parts.path.strip("/").split("/") if name]
    if kind is RedisKind.CLUSTER and names:
        raise ValueError("a cluster has no databases: leave the path out")
    service = ""
    if kind is RedisKind.SENTINEL:
        if not names:
            raise ValueError("name the service that the Sentinels watch: redis+sentinel://host:26379/mymaster/0")
        service = names.pop(0)
    if len(names) > 1 or (names and not re.fullmatch("[0-9]{1,5}", names[0])):
        raise ValueError(_EXAMPLES)
    return service, int(names[0]) if names else 0


def _query(parts: SplitResult, *, tls: bool, sentinel: bool) -> dict[str, object]:
    known = {"protocol"} | (_TLS_OPTIONS if tls else set()) | (_SENTINEL_OPTIONS if sentinel else set())
    query: dict[str, object] = dict(parse_qsl(parts.query, keep_blank_values=True))
    if query.keys() - known:
        raise ValueError(f"the query takes {', '.join(sorted(known))} only")
    if query.setdefault("protocol", "2") not in {"2", "3"}:
        raise ValueError("protocol is 2 or 3")
    query["protocol"] = int(str(query["protocol"]))
    if query.get("ssl_cert_reqs", "required") not in {"none", "optional", "required"}:
        raise ValueError("ssl_cert_reqs is none, optional or required")
    if "ssl_check_hostname" in query:
        query["ssl_check_hostname"] = str(query["ssl_check_hostname"]).lower() in {"true", "1", "yes"}
    return query
