"""A file in memory that any origin may read, compressed once: content negotiation and conditional requests."""

import gzip
import re
from hashlib import sha256

from starlette.datastructures import Headers
from starlette.responses import Response

_CODING = re.compile(
    r"[ \t]*([a-z0-9*-]+)(?:[ \t]*;[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*",
    re.ASCII | re.IGNORECASE,
)
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


class PublicFile:
    """The bytes of a file as they are and compressed by gzip, each with its own ETag (RFC 9110 §8.8.3.3).

    The file holds no user data: any origin may read it, and any cache may store it.
    """

    def __init__(self, content: bytes, media_type: str, *, cache_control: str) -> None:
        """Compress the file; a copy that is not smaller is never sent."""
        self._media_type = media_type
        self._common_headers = {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Cache-Control": cache_control,
            "Vary": "Accept-Encoding",
        }
        compressed = gzip.compress(content, mtime=0)  # without the time: every process sends the same bytes
        self._plain = content, _etag_of(content)
        self._compressed = (compressed, _etag_of(compressed)) if len(compressed) < len(content) else None

    def respond(self, request: Headers) -> Response:
        """Return the file as gzip if the request prefers it, else as it is; 304 if its `If-None-Match` has the ETag.

        A request that accepts neither gets the file as it is, which RFC 9110 §12.4.1 allows.
        """
        (content, etag), coding = self._plain, {}
        if self._compressed and prefers_gzip(",".join(request.getlist("accept-encoding"))):
            (content, etag), coding = self._compressed, {"Content-Encoding": "gzip"}
        headers = self._common_headers | {"ETag": etag}
        if _has_tag(",".join(request.getlist("if-none-match")), etag):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers | coding, media_type=self._media_type)


def _etag_of(content: bytes) -> str:
    return f'"{sha256(content).hexdigest()[:32]}"'


def prefers_gzip(accept_encoding: str) -> bool:
    """Return whether an `Accept-Encoding` (RFC 9110 §12.5.3) accepts gzip, and does not prefer the file as it is.

    An element that is not valid is skipped; without the header, or with an empty one, the answer is False.
    """
    weights: dict[str, float] = {}
    for element in accept_encoding.split(","):
        if match := _CODING.fullmatch(element):
            weights.setdefault(match[1].lower().removeprefix("x-"), float(match[2] or 1))  # x-gzip is gzip (§8.4.1.3)
    other = weights.get("*", 0.0)
    gzip_weight, identity_weight = weights.get("gzip", other), weights.get("identity", other)
    return gzip_weight > 0 and gzip_weight >= identity_weight


def _has_tag(if_none_match: str, etag: str) -> bool:
    """Compare weakly (RFC 9110 §13.1.2): a proxy that compresses makes an ETag a weak one."""
    return if_none_match.strip() == "*" or etag in _ENTITY_TAG.findall(if_none_match)
