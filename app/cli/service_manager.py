"""Tell systemd that a process works, is alive, or stops, by the protocol of sd_notify(3)."""

import os
import socket
from contextlib import suppress

READY, STOPPING, ALIVE = "READY=1", "STOPPING=1", "WATCHDOG=1"


def notify_service_manager(*states: str) -> None:
    """Send states to the socket that `NOTIFY_SOCKET` names; without one, or if it does not answer, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifier:
        notifier.setblocking(False)  # noqa: FBT003  the name of the argument is `flag`
        notifier.sendto("\n".join(states).encode(), address.replace("@", "\0", 1))
