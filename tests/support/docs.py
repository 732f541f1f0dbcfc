"""Reads the README, the other pages of the top level, and those in docs/ and examples/ for the tests."""

import re
from functools import cache

from tests.support.processes import ROOT

DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()
_PATHS = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in _PATHS}


def join_lines(text):
    """Join the lines, so that a sentence is found across line breaks."""
    return " ".join(text.split())


def blocks(language, text=README):
    """Return the contents of the code blocks of one language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@cache
def anchors_in(path):
    """Return the anchors of a page's headings, as GitHub generates them; code blocks have no headings."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
