"""Find the running development services of this user, and read the settings that each of them runs with.

Each `otp dev` listens on a Unix socket in a private folder (`dev_socket.py`). To connect to it is the only reliable
sign that its process lives: the file of a killed one remains, and a process id may be in use again.
"""

import json
import os
import socket
import stat
from collections.abc import Mapping
from contextlib import chdir, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.container import gateway_errors
from app.settings.load import load_settings
from app.settings.model import Settings
from app.settings.redis_url import EMBEDDED

DESCRIPTION_DATABASE, DESCRIPTION_KEY = 1, "service"
SOCKET_SCHEME = "unix"
_MAX_PATH = 100  # bytes; the address of a Unix socket has 104 on macOS and 108 on Linux, with a zero at its end
_LONGEST_NAME = "/.01234567.sock"
_PATIENCE = 2  # seconds, as in the store
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, repr=False)
class DevService:
    """A development service: its URL and port, its working directory, and its `OTP_` settings, which may be secret."""

    url: str
    port: int
    folder: str
    settings: dict[str, str]

    def to_json(self) -> str:
        """Write the description that the service gives to commands."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class FoundService:
    """A development service and the path of its socket."""

    service: DevService
    socket: Path

    def load_settings(self) -> Settings:
        """Load the service's settings, with its socket in place of the embedded store; raises `BadSettings`.

        Paths in the settings are relative to the service's working directory.
        """
        with chdir(self.service.folder) if Path(self.service.folder).is_dir() else nullcontext():
            settings = load_settings(self.service.settings, also=gateway_errors)
        if settings.redis_url != EMBEDDED:
            return settings
        return settings.model_copy(update={"redis_url": f"{SOCKET_SCHEME}://{quote(str(self.socket))}"})


def is_dev_socket(redis_url: str) -> bool:
    """Return whether a URL is that of a development service's store."""
    folder = socket_folder(os.environ)
    return folder is not None and redis_url.startswith(f"{SOCKET_SCHEME}://{quote(str(folder))}/")


def socket_folder(environ: Mapping[str, str], *, uid: int | None = None) -> Path | None:
    """Return the folder of the sockets, or None if there is none that other users cannot change; it may not exist yet.

    It is below `XDG_RUNTIME_DIR`, /run/user/<uid> or /tmp, the first that can be used: so it does not depend on HOME,
    and two shells of a user find the same one.
    """
    uid = os.getuid() if uid is None else uid
    bases = [Path("/run/user", str(uid), "otp"), Path("/tmp", f"otp-{uid}")]  # noqa: S108  checked by _is_private
    if environ.get("XDG_RUNTIME_DIR", "").startswith("/"):
        bases.insert(0, Path(environ["XDG_RUNTIME_DIR"], "otp"))
    return next((folder for folder in bases if _is_usable(folder, uid)), None)


def _is_usable(folder: Path, uid: int) -> bool:
    """Return whether sockets in the folder are this user's alone, and whether it exists or can be created."""
    if len(os.fsencode(folder)) + len(_LONGEST_NAME) > _MAX_PATH:
        return False
    try:
        above = folder.parent.stat()
        is_safe = above.st_uid == uid or bool(above.st_mode & stat.S_ISVTX)  # in /tmp, others cannot rename it
        if not is_safe or not os.access(folder.parent, os.W_OK | os.X_OK):
            return False
        return _is_private(folder.lstat(), uid)
    except FileNotFoundError:
        return folder.parent.is_dir()
    except OSError:
        return False


def _is_private(folder: os.stat_result, uid: int) -> bool:
    return stat.S_ISDIR(folder.st_mode) and folder.st_uid == uid and not folder.st_mode & _OTHERS


def find_dev_services(environ: Mapping[str, str]) -> tuple[list[FoundService], int]:
    """Return the services that answer, by port, and how many are there but do not answer within 2 s."""
    folder = socket_folder(environ)
    paths = live_sockets(folder) if folder else []
    found = [service for service in map(_describe, paths) if service]
    return sorted(found, key=lambda found: found.service.port), len(paths) - len(found)


def live_sockets(folder: Path) -> list[Path]:
    """Return the sockets on which a process listens; remove those that a killed one has left."""
    return [path for path in sorted(folder.glob("[0-9a-f]*.sock")) if _is_live(path)]


def _is_live(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(_PATIENCE)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            with suppress(OSError):  # on a file system that has become read-only it stays
                path.unlink()
            return False
        except FileNotFoundError:  # it has just stopped
            return False
        except OSError:  # a suspended process with a full queue of connections
            return True
    return True


def _describe(path: Path) -> FoundService | None:
    """Ask the service for its description; None if it stops, is suspended, or is of another version."""
    client = Redis(
        unix_socket_path=str(path),
        db=DESCRIPTION_DATABASE,
        socket_timeout=_PATIENCE,
        socket_connect_timeout=_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    with client:
        try:
            text = client.get(DESCRIPTION_KEY)
            return FoundService(DevService(**json.loads(text)), path) if isinstance(text, bytes) else None
        except (RedisError, OSError, ValueError, TypeError):
            return None
