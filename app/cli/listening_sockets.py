"""The sockets on which `otp serve` listens: new ones, or the one that systemd passes on."""

import errno
import os
import socket
from collections.abc import MutableMapping

_FIRST_FD = 3  # sd_listen_fds(3): passed sockets begin here
_MAX_PORT = 65535
_NAMES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")


class CannotListen(Exception):
    """There is nothing to listen on; the text is a sentence that says what to do."""


def open_sockets(host: str, port: int, environ: MutableMapping[str, str], *, setting: str) -> list[socket.socket]:
    """Return the inherited socket where there is one, else a new one for each address of the host.

    `setting` is how the user gives another port, like `--port {}`. Raises `CannotListen`.
    """
    inherited = _inherited_socket(environ)
    return [inherited] if inherited is not None else _bind_sockets(host, port, setting)


def _inherited_socket(environ: MutableMapping[str, str]) -> socket.socket | None:
    """Return the socket that systemd passes on, by its protocol of `LISTEN_FDS`; child processes do not see it again.

    uvicorn's own `fd` would take a TCP socket for a Unix one, and leave Nagle's algorithm on.
    """
    count, pid = environ.get("LISTEN_FDS"), environ.get("LISTEN_PID")
    if count is None or pid != str(os.getpid()):  # meant for another process
        return None
    for name in _NAMES:
        environ.pop(name, None)
    if count != "1":
        raise CannotListen("LISTEN_FDS must be 1. Write one ListenStream= into the systemd socket unit.")
    try:
        listener = socket.socket(fileno=_FIRST_FD)
        is_listening = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise CannotListen(
            "The inherited descriptor 3 is not a socket. Start `otp serve` by its socket unit."
        ) from error
    if not is_listening or listener.family not in {socket.AF_INET, socket.AF_INET6}:
        raise CannotListen(
            "The inherited socket is not a listening TCP socket. Write a port as ListenStream=, and Accept=no, into "
            "the systemd socket unit."
        )
    listener.set_inheritable(False)
    return listener


def _bind_sockets(host: str, port: int, setting: str) -> list[socket.socket]:
    """Bind a socket for each address of the host.

    They do not listen yet, so that a proxy is refused, and uses another process, until this one is ready.
    """
    sockets = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            listener = socket.socket(family, kind, protocol)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
    except OSError as error:
        for listener in sockets:
            listener.close()
        reason = (
            os.strerror(error.errno).lower() if isinstance(error.errno, int) and error.errno > 0 else "no such address"
        )
        advice = "Check --host."
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            advice = f"Choose another: {setting.format(port + 1 if port < _MAX_PORT else port - 1)}"
        raise CannotListen(f"Cannot listen on {host}, port {port}: {reason}. {advice}") from error
    return sockets
