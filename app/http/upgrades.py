"""Serve a request that asks for an upgrade as the HTTP/1.1 request that it also is."""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class NoUpgradeProtocol(HttpToolsProtocol):
    """Ignores `Upgrade`, as RFC 9110 §7.8 allows; a CONNECT is answered 400, and its connection closed.

    httptools stops at the end of a head that asks for an upgrade, without its body, and uvicorn goes on with an empty
    one; a body in a later packet is then parsed as a request. Java's HTTP client asks for `h2c` by default. So a
    new parser gets the same head without its `Upgrade` header: it alone decides where the body ends.
    """

    def on_headers_complete(self) -> None:
        """Start the request, unless its head is parsed once more."""
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the request, unless its head is parsed once more."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Parse the data, with a new parser from a head on that asks for an upgrade."""
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("CONNECT is not supported.")
                    return
                (offset,) = upgrade.args
                data = self._head_without_upgrade() + data[offset:]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn sets it
            except httptools.HttpParserError:
                self.logger.warning("Invalid HTTP request received.")
                self.send_400_response("Invalid HTTP request received.")
                return
            else:
                return

    def _head_without_upgrade(self) -> bytes:
        """Write the head that was parsed last, without the `Upgrade` header."""
        request_line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        headers = [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([request_line, *headers, b"", b""])
