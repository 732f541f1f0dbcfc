"""The URL of Redis: its forms, and a sentence for each wrong one that does not quote a password."""

import pytest

from app.settings.redis_url import RedisKind, parse_redis_url, read_redis_url

PASSWORD = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("url", "kind", "hosts"),
    [
        ("memory://", RedisKind.EMBEDDED, ()),
        ("redis://redis", RedisKind.SERVER, (("redis", 6379),)),
        ("redis://redis:6380/0", RedisKind.SERVER, (("redis", 6380),)),
        ("redis://[::1]:7000", RedisKind.SERVER, (("::1", 7000),)),
        ("rediss://me:pass@redis.example/1?ssl_ca_certs=ca.pem", RedisKind.SERVER, (("redis.example", 6379),)),
        ("unix:///run/redis/redis.sock", RedisKind.SOCKET, ()),
        ("redis+sentinel://one,two:26380/mymaster", RedisKind.SENTINEL, (("one", 26379), ("two", 26380))),
        ("redis+cluster://one,two:7001", RedisKind.CLUSTER, (("one", 6379), ("two", 7001))),
        ("rediss+cluster://one", RedisKind.CLUSTER, (("one", 6379),)),
    ],
)
def test_each_form_is_read(url, kind, hosts):
    where = parse_redis_url(url)

    assert (where.kind, where.hosts, where.tls) == (kind, hosts, url.startswith("rediss"))
    assert read_redis_url(url) == url


def test_credentials_database_and_options_are_read():
    where = parse_redis_url(
        f"rediss+sentinel://me:{PASSWORD}%21@one/mymaster/3?protocol=3&sentinel_username=s&sentinel_password=p"
        "&ssl_ca_certs=/ca.pem&ssl_check_hostname=false"
    )

    tls = {"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": False}
    assert where.service == "mymaster"
    assert where.options == {"username": "me", "password": f"{PASSWORD}!", "db": 3, "protocol": 3, **tls}
    assert where.sentinel_options == {"username": "s", "password": "p", **tls}
    assert PASSWORD not in repr(where)


def test_a_socket_takes_credentials_and_a_database():
    where = parse_redis_url(f"unix://:{PASSWORD}@/run/redis.sock?db=2")

    assert (where.path, where.options) == ("/run/redis.sock", {"password": PASSWORD, "db": 2, "protocol": 2})


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "write it like redis://"),
        ("redis://", "write it like redis://"),
        ("memory://x", "write it like redis://"),
        ("http://redis", "write it like redis://"),
        ("redis://redis:port", "write it like redis://"),
        ("redis://redis:0", "write it like redis://"),
        ("redis://redis:65536", "write it like redis://"),
        ("redis://re dis", "write it like redis://"),
        ("redis://redis/junk", "write it like redis://"),
        ("redis://redis/0/1", "write it like redis://"),
        ("redis://[::1", "write it like redis://"),
        ("redis+other://redis", "write it like redis://"),
        ("redis://redis/0?socket_timeout=100", "the query takes protocol only"),
        ("redis://redis?ssl_ca_certs=ca.pem", "the query takes protocol only"),
        ("redis://redis?protocol=4", "protocol is 2 or 3"),
        ("rediss://redis?ssl_cert_reqs=never", "ssl_cert_reqs is none, optional or required"),
        ("redis://a..b", "write it like redis://"),
        (f"redis://{'a' * 64}.example", "write it like redis://"),
        (f"redis://{'a.' * 127}b", "write it like redis://"),
        ("redis://one,two", "name one host, or use redis\\+sentinel"),
        ("redis+sentinel://one", "name the service"),
        ("redis+cluster://one/1", "a cluster has no databases"),
        ("unix://run/redis.sock", "write a socket like unix:///run"),
        ("unix:///run/redis.sock?timeout=1", "write a socket like unix:///run"),
    ],
)
def test_a_wrong_url_gets_a_sentence_that_does_not_quote_it(url, sentence):
    secret = url.replace("://", f"://:{PASSWORD}@", 1)

    for given in {url, secret if "memory" not in url and url else url}:
        with pytest.raises(ValueError, match=sentence) as refused:
            read_redis_url(given)
        assert PASSWORD not in str(refused.value)
