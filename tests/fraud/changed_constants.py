"""Runs `otp` with other values of the guard's constants, to show how its figures move.

    python -m tests.fraud.changed_constants GUARD_UNPROVEN=8 -- guard replay

Production has no such settings: this replaces the values in a copy of the scripts.
"""

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from app.cli import main
from app.store import scripts

_LUA = Path(scripts.__file__).parent / "lua"
_CONSTANTS = re.compile(r"^local ((?:GUARD_\w+(?:, )?)+) = ([-\d., *]+?)(?= *(?:--.*)?$)", re.MULTILINE)


def guard_constants(folder: Path = _LUA) -> dict[str, str]:
    """Return the constants of the guard's scripts that are numbers, with their values as written."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.lua")):
        for match in _CONSTANTS.finditer(path.read_text()):
            found |= dict(zip(match[1].split(", "), match[2].split(", "), strict=True))
    return found


def change(folder: Path, values: Mapping[str, str]) -> None:
    """Replace values of constants in the scripts of a folder; raises `KeyError` for an unknown constant."""
    for name in values.keys() - guard_constants(folder).keys():
        raise KeyError(name)
    for path in folder.glob("*.lua"):
        text = path.read_text()
        path.write_text(_CONSTANTS.sub(lambda match: _changed(match, values), text))


def _changed(match: re.Match[str], values: Mapping[str, str]) -> str:
    pairs = zip(match[1].split(", "), match[2].split(", "), strict=True)
    return f"local {match[1]} = {', '.join(values.get(name, value) for name, value in pairs)}"


def run() -> None:
    """Run `otp` with the arguments after `--`, and the constants before it."""
    cut = sys.argv.index("--")
    values = dict(pair.split("=", 1) for pair in sys.argv[1:cut])
    sys.argv = ["otp", *sys.argv[cut + 1 :]]
    with TemporaryDirectory() as name:
        folder = Path(shutil.copytree(_LUA, Path(name) / "lua"))
        change(folder, values)
        scripts._FOLDER = folder  # noqa: SLF001  production reads its scripts from one place only
        main()


if __name__ == "__main__":
    run()
