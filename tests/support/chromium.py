"""Starts the installed Chromium for the tests: headless, and without its own interface pages."""

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium")
# With each window Chromium also loads two internal pages below the address bar, which are invisible when headless and
# take more than half of the time of a test. Of two `--disable-features` it reads only the last, and Playwright
# passes one, so this script appends to it.
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
    """Start a browser that runs until the block ends; until then no other event loop can run in its thread."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        start = Path(folder, "chromium")
        start.write_text(START)
        start.chmod(0o755)
        with playwright.chromium.launch(executable_path=start, args=["--disable-gpu", "--in-process-gpu"]) as browser:
            yield browser
