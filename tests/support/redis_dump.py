"""Reads all values of a Redis, whatever their types, as an RDB file holds them."""


async def read_value(redis, key):
    """Return the value of a key as bytes, a line for each part of it."""
    match await redis.type(key):
        case b"string":
            value = await redis.get(key)
        case b"hash":
            value = await redis.hgetall(key)
        case b"list":
            value = await redis.lrange(key, 0, -1)
        case b"set":
            value = await redis.smembers(key)
        case b"zset":
            value = await redis.zrange(key, 0, -1, withscores=True)
        case b"stream":
            value = await redis.xrange(key)
    return b"\n".join(_bytes_in(value))


def _bytes_in(value):
    match value:
        case bytes():
            yield value
        case dict():
            for pair in value.items():
                yield from _bytes_in(pair)
        case list() | tuple() | set():
            for item in value:
                yield from _bytes_in(item)
        case _:
            yield str(value).encode()
