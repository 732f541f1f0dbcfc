"""Starts a command on an inherited socket, as systemd does: `python inherited_socket.py FD COMMAND …`."""

import os
import sys

if __name__ == "__main__":
    os.dup2(int(sys.argv[1]), 3)  # inheritable
    os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  a test starts its own command
