"""The examples of pages in React and Vue, and what belongs to them in a clone without build results."""

import shutil

from tests.support.processes import ROOT

FOLDER = ROOT / "examples"
EXAMPLES = sorted(path.parent.name for path in FOLDER.glob("*/package.json"))
ADDRESS = "http://127.0.0.1:8000"  # of `make run`
_NOT_SHIPPED = shutil.ignore_patterns("node_modules", "dist", "otp-form.d.ts")


def copy_examples(target, service):
    """Copy the examples into a folder, with the URL of this service in place of that of `make run`."""
    folder = shutil.copytree(FOLDER, target / "examples", ignore=_NOT_SHIPPED)
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_text(path.read_text().replace(ADDRESS, service))
    return folder
