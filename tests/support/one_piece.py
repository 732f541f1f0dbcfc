"""An httpx transport that passes a request body to the app in one message, as uvicorn does for a small one."""

from httpx import ASGITransport


def transport_to(app, **options):
    """Connect httpx to an app. `ASGITransport` alone sets `more_body` on the first chunk of every body."""
    return ASGITransport(app=_in_one_piece(app), raise_app_exceptions=False, **options)


def _in_one_piece(app):
    async def serve(scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        whole = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_whole():
            return whole.pop() if whole else await receive()

        await app(scope, receive_whole, send)

    return serve
