"""What may be odd about the way that a request comes: its path, its method, its body in pieces or not at all."""

from tests.support.twins_heads import ORIGINS

MOST = 16 * 1024
PATHS = [
    "{0}/",
    "{0}/",
    "/{0}",
    "{0}//",
    "{0}?",
    "{0}/x",
    "{0};a",
    "{0}%00",
    "{0}%20",
    "{0}.json",
    "/v1",
    "//",
    "*",
    "{0}#",
]
METHODS = ["GET", "PUT", "HEAD", "OPTIONS", "PATCH", "DELETE", "TRACE", "post", "Post", "BREW", "CONNECT"]
QUERIES = [b"a=b", b"=", b"%ff=%00", b"a=b&" * 2000, b"verification_id=vf_x", b"?", b"body=%7B%7D"]
LENGTHS = ["0", "5", "16384", "16385", "99999999999", "-1", "+5", "0x10", "", "1e3", "६", "0" * 5000 + "9", "1_0"]


def change_path(request, random):
    odd = random.choice(PATHS).format(request.path)
    same = [request.path.replace("-", "%2D"), request.path.replace("c", "%63")]
    request.path = random.choice([odd, odd, request.path.upper(), *same])


def add_query(request, random):
    request.query = random.choice(QUERIES)


def come_below(request, random):
    """Be mounted below a path, which a server may or may not put in front of the request's own."""
    request.root = random.choice(["/api", "/", "/v1", "/api/", request.path, "api"])
    if random.random() < 0.5:
        request.path = request.root + request.path


def change_method(request, random):
    request.method = random.choice(METHODS)
    if random.random() < 0.3:
        request.raw = b""


def ask_for_leave(request, random):
    """Be a preflight, or nearly one."""
    request.method, request.raw = "OPTIONS", b""
    request.say("origin", random.choice(ORIGINS))
    if random.random() < 0.8:
        request.say("access-control-request-method", "POST")
        request.drop("authorization")


def come_in_pieces(request, random):
    body = request.body
    cuts = sorted(random.randrange(len(body) + 1) for _ in range(random.choice([1, 1, 3, 9])))
    request.pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    if random.random() < 0.3:
        request.pieces.append(b"")
    if random.random() < 0.5:
        be_chunked(request, random)


def be_chunked(request, random):
    request.length = random.random() < 0.2
    request.say("transfer-encoding", random.choice(["chunked", "chunked", "gzip, chunked", ""]))


def hang_up(request, random):
    """Leave in the middle of the body, or before it."""
    body = request.body
    end = random.randrange(len(body) + 1)
    request.pieces = random.choice([[], [b""], [body[:end]], [body], [body[:end], body[end:]]])
    request.hangs_up = True


def be_large(request, random):
    """Be just as large as is allowed, or larger; say so, or not."""
    size = random.choice([MOST - 1, MOST, MOST + 1, MOST + 1, 2 * MOST, 70_000])
    request.raw = request.body.ljust(size)
    request.length = random.random() < 0.6
    if random.random() < 0.5:
        half = size // 2
        request.pieces = [request.raw[:half], request.raw[half:]]


def lie_about_length(request, random):
    request.say("content-length", random.choice(LENGTHS))
    request.length = random.random() < 0.1


TWISTS = {
    "a path": change_path,
    "a query": add_query,
    "a root path": come_below,
    "a method": change_method,
    "a preflight": ask_for_leave,
    "pieces": come_in_pieces,
    "chunks": be_chunked,
    "hanging up": hang_up,
    "a large body": be_large,
    "a length that lies": lie_about_length,
}
