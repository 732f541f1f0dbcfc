"""Chromium as the tests use it: the one of this machine, without a window, and without interface of its own."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
# With each window Chromium also loads two pages of its own below the address bar, which nobody sees without a window:
# more than half of the time that a test takes. Of two `--disable-features` it reads only the last, and Playwright
# passes one, so that this script adds to it.
START = f"""#!/bin/sh
for option do
    shift
    case $option in
    --disable-features=*) option=$option,WebUIOmniboxPopup,WebUIOmniboxAimPopup ;;
    esac
    set -- "$@" "$option"
done
exec "{CHROMIUM}" "$@"
"""


@contextmanager
def open_chromium():
    """Start a browser that runs until the block ends; as long as it does, no other event loop can run in its thread."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = Path(folder, "chromium")
        start.write_text(START)
        start.chmod(0o755)
        with playwright.chromium.launch(executable_path=start, args=["--disable-gpu"]) as browser:
            yield browser
