"""The modules of the form: their headers, imports and bundling."""

import re
from pathlib import Path

import pytest

import app.web.form
from app.web.form import bundle

HERE = Path(app.web.form.__file__).with_suffix("")
SCRIPTS = sorted(HERE.glob("*.js"), key=lambda part: part.name)
PARTS = [*SCRIPTS, *sorted(HERE.glob("*.css"))]
BUNDLE = bundle(HERE / "otp-form.js")


@pytest.fixture
def folder(tmp_path):
    """A folder with two modules that import a third, a style sheet and a JSON file."""
    (tmp_path / "one.js").write_text(
        'import { two } from "./two.js";\nimport { three } from "./three.js";\nimport PAGE from "./page.css" with '
        '{ type: "text" };\n\n// Adds.\nexport const one = two + three; // as a rule\n'
    )
    (tmp_path / "two.js").write_text(
        'import { three } from "./three.js";\nexport const two = "a // b"; // it\'s two\nconst at = "https://x.example";\n'
    )
    (tmp_path / "three.js").write_text(
        'import FACT from "./fact.json" with { type: "json" };\nexport function three() {}\n'
    )
    (tmp_path / "page.css").write_text('/* A page. */\np::before {\n  content: "Hello"; }\n')
    (tmp_path / "fact.json").write_text('{\n  "a": "…"\n}\n')
    return tmp_path


def test_each_module_is_bundled_once_after_its_imports(folder):
    """Comments are removed, unless they contain a quote and may be part of a string."""
    assert bundle(folder / "one.js").splitlines() == [
        'const FACT = {"a":"…"};',
        "function three() {}",
        'const two = "a // b"; // it\'s two',
        'const at = "https://x.example";',
        'const PAGE = "p::before{content:\\"Hello\\";}";',
        "const one = two + three;",
    ]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_module_has_a_header_and_is_short(part):
    lines = part.read_text().splitlines()
    name = "<otp-form>" if part.name == "otp-form.js" else part.stem

    assert lines[0].startswith(f"// {name}: " if part.suffix == ".js" else "/* ")
    assert len(lines) <= 150


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_no_string_or_comment_spans_lines(part):
    """No multi-line string or comment, so removing indentation and comments is safe."""
    for line in part.read_text().splitlines():
        assert line.count("`") % 2 == 0 or line.startswith(("//", "/*"))
        assert not line.endswith("\\")
        assert line.count("/*") == line.count("*/")


def test_every_module_is_bundled_with_unique_names():
    """Names are unique in the bundle, and every import is used."""
    text = "".join(part.read_text() for part in SCRIPTS)
    imported = set(re.findall(r'^import .+ from "\./(.+?)"', text, re.MULTILINE))
    names = re.findall(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)

    assert imported == {part.name for part in PARTS} - {"otp-form.js"} | {"words/en.json"}
    assert len(names) == len(set(names))
    assert [name for name in names if len(re.findall(rf"\b{name}\b", BUNDLE)) < 2] == []


@pytest.mark.parametrize("part", SCRIPTS, ids=lambda part: part.name)
def test_module_imports_the_names_that_it_uses(part):
    """The bundle works without the imports, but a reader needs them."""
    text = part.read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith(("import ", "//")))
    imported = {name for names in re.findall(r"^import \{ (.+?) \}", text, re.MULTILINE) for name in names.split(", ")}
    others = {
        name
        for other in SCRIPTS
        if other != part
        for name in re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", other.read_text(), re.MULTILINE)
    }

    assert {name for name in others if re.search(rf"(?<![\w.#]){name}[.(]|new {name}\b", code)} == imported
