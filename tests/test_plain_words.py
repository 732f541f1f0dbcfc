"""Names and docstrings use the field's terms: words of an older private vocabulary stay out."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
IN_NAMES = {"door", "house", "bell", "desk", "gate", "visit", "tally", "verb", "noun", "heads"}
IN_DOCSTRINGS = re.compile(r"\b(told|said|hear|whoever|nobody's|likewise|as above)\b", re.IGNORECASE)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
FILES = [path for folder in ("app", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@cache
def definitions():
    """List each module, class and function: where it stands, its name, and its docstring."""
    found = []
    for path in FILES:
        tree, place = ast.parse(path.read_text()), str(path.relative_to(ROOT))
        found.append((place, path.stem, ast.get_docstring(tree)))
        found += [
            (f"{place}:{node.lineno}", node.name, ast.get_docstring(node))
            for node in ast.walk(tree)
            if isinstance(node, DEFINITIONS)
        ]
    return found


def words_of(name):
    """Split a name into its words, plurals in the singular too: `look_ups` is `look`, `ups` and `up`."""
    words = {word.lower() for word in WORD.findall(name)}
    return words | {word.removesuffix("s") for word in words}


def test_no_name_has_a_banned_word():
    assert [f"{place} {name}" for place, name, _ in definitions() if words_of(name) & IN_NAMES] == []


def test_no_docstring_has_a_banned_word():
    found = {place: match[0] for place, _, text in definitions() if text and (match := IN_DOCSTRINGS.search(text))}

    assert found == {}


def test_lua_headers_and_pages_have_no_banned_word():
    """The README, the pages and the contracts of scripts are read as much as docstrings."""
    texts = {path: path.read_text() for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]}
    for path in sorted((ROOT / "app" / "store" / "lua").glob("*.lua")):
        texts[path] = "\n".join(line for line in path.read_text().splitlines() if line.lstrip().startswith("--"))

    found = {str(path): match[0] for path, text in texts.items() if (match := IN_DOCSTRINGS.search(text))}

    assert found == {}
