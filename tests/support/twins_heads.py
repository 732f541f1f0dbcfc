"""What may be odd about a request's headers."""

REPEATS = [
    "k",
    '"k-1"',
    '"',
    '""',
    "",
    " ",
    "a b",
    'a"b',
    '"a\\"b"',
    '"a\\b"',
    "x" * 255,
    "x" * 256,
    "é",
    "\x01",
    "k,k",
]
KINDS = ["application/json; charset=utf-8", "application/json;charset=UTF-16", "APPLICATION/JSON", " application/json "]
KINDS += [
    "text/plain",
    "",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "*/*",
]
KINDS += ["application/json;", "application/json, text/plain", "application/json" + ";a=b" * 500, "json", "\x00"]
AUTHORITIES = ["", "Bearer", "Bearer ", "Bearer nobody", "bearer sk_dev", "BEARER  sk_shop ", "sk_dev", "Token sk_shop"]
AUTHORITIES += ["Basic c2tfZGV2Og==", "Bearer sk_dev sk_dev", "Bearer\tsk_dev", "Bearer sk_d\udce9v", "Bearer sk_dev,x"]
ORIGINS = [
    "https://evil.example",
    "null",
    "",
    "http://localhost:3000",
    "https://shop.example.com",
    "https://a.localhost",
]
ORIGINS += ["https://shop.example.com:443", "HTTPS://SHOP.EXAMPLE.COM", "http://127.0.0.1:8000", "http://[::1]:80"]
PEERS = ["10.0.0.1", "10.0.0.1", "198.51.100.99", "::ffff:10.0.0.1", None, "testclient", "fe80::1%1"]
HOPS = [
    "198.51.100.7",
    "junk",
    "",
    "10.0.0.9",
    "198.51.100.7, 10.1.1.1",
    "1.2.3.4, junk",
    "2001:db8::7",
    "198.51.100.7,",
]
HOPS += ["[2001:db8::7]:80", 'for="198.51.100.7"', ",", "::ffff:198.51.100.8", ", ".join(["10.0.0.9"] * 70)]
HOSTS = ["evil.example", "", "localhost", "a.localhost:1", "[::1]:8000", "[::1", "127.0.0.1", "otp.example.com"]
NOISE = {
    "accept": ["*/*", "text/html;q=junk", "application/xml"],
    "accept-language": ["nl", "de-CH, en;q=0.5", "*", ";;q=,", "x" * 3000, "en;q=2", "é"],
    "user-agent": ["curl/8", "", "x" * 4000],
    "cookie": ["a=" + "b" * 4000],
    "expect": ["100-continue"],
    "accept-encoding": ["gzip", "zstd, nonsense"],
    "content-encoding": ["gzip"],
    "range": ["bytes=0-1"],
    "x-http-method-override": ["GET"],
    "x-request-id": ["rq_" + "A" * 22],
    "connection": ["close", "upgrade"],
    "upgrade": ["websocket"],
    "traceparent": ["00-zz"],
    "forwarded": ["for=198.51.100.9"],
}


def change_repeat(request, random):
    request.say("idempotency-key", *random.choices(REPEATS, k=random.choice([1, 1, 1, 2])))


def change_kind(request, random):
    request.say("content-type", *random.choices(KINDS, k=random.choice([0, 1, 1, 1, 1, 1, 2])))


def say_kind_twice(request, random):
    request.say("content-type", "application/json", random.choice(["application/json", "text/plain"]))


def change_authority(request, random):
    given = request.value_of("authorization")
    many = [[given, given], [given, "Bearer nobody"], ["Bearer nobody", given], []]
    request.say("authorization", *random.choice([*many, *([word] for word in AUTHORITIES)]))


def change_origin(request, random):
    request.say("origin", *random.choices(ORIGINS, k=random.choice([1, 1, 1, 2])))


def come_by_proxy(request, random):
    """Come through a proxy that is trusted, or from somebody who says to be one."""
    request.address = random.choice(PEERS)
    name = random.choice(["x-forwarded-for", "x-forwarded-for", "forwarded"])
    request.say(name, *random.choices(HOPS, k=random.choice([0, 1, 1, 1, 2])))


def change_host(request, random):
    request.say("host", random.choice(HOSTS))


def add_noise(request, random):
    for name in random.sample(list(NOISE), 3):
        request.say(name, random.choice(NOISE[name]))


TWISTS = {
    "a repeat": change_repeat,
    "a type": change_kind,
    "two types": say_kind_twice,
    "an authority": change_authority,
    "an origin": change_origin,
    "a proxy": come_by_proxy,
    "a host": change_host,
    "noise": add_noise,
}
