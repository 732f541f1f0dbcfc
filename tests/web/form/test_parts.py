"""The form's parts: each can be read alone, and together they are the script that is served."""

import re
from pathlib import Path

import pytest

import app.web.form
from app.web.form import bundle

HERE = Path(app.web.form.__file__).with_suffix("")
SCRIPTS = sorted(HERE.glob("*.js"), key=lambda part: part.name)
PARTS = [*SCRIPTS, *sorted(HERE.glob("*.css"))]
WHOLE = bundle(HERE / "otp-form.js")


@pytest.fixture
def folder(tmp_path):
    """A folder with two parts that need a third, a text and a fact."""
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


def test_each_part_stands_once_and_behind_what_it_needs(folder):
    """Comments go, unless a quote behind them leaves open whether they are one."""
    assert bundle(folder / "one.js").splitlines() == [
        'const FACT = {"a":"…"};',
        "function three() {}",
        'const two = "a // b"; // it\'s two',
        'const at = "https://x.example";',
        'const PAGE = "p::before{content:\\"Hello\\";}";',
        "const one = two + three;",
    ]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_says_what_it_is_and_is_short(part):
    lines = part.read_text().splitlines()
    name = "<otp-form>" if part.name == "otp-form.js" else part.stem

    assert lines[0].startswith(f"// {name}: " if part.suffix == ".js" else "/* ")
    assert len(lines) <= 150


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_nothing_that_spans_lines_could_lose_its_indentation(part):
    """No text, and no comment whose lines would be code alone: so what is left out is never seen."""
    for line in part.read_text().splitlines():
        assert line.count("`") % 2 == 0 or line.startswith(("//", "/*"))
        assert not line.endswith("\\")
        assert line.count("/*") == line.count("*/")


def test_every_part_is_in_the_script_and_its_names_are_its_own():
    """In one script, two parts that use a name for different things would be a mistake; nothing is imported in vain."""
    text = "".join(part.read_text() for part in SCRIPTS)
    imported = set(re.findall(r'^import .+ from "\./(.+?)"', text, re.MULTILINE))
    names = re.findall(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", text, re.MULTILINE)

    assert imported == {part.name for part in PARTS} - {"otp-form.js"} | {"words/en.json"}
    assert len(names) == len(set(names))
    assert [name for name in names if len(re.findall(rf"\b{name}\b", WHOLE)) < 2] == []


@pytest.mark.parametrize("part", SCRIPTS, ids=lambda part: part.name)
def test_a_part_imports_what_it_uses_of_the_others(part):
    """The whole would run without, but nobody would see from where a name comes."""
    text = part.read_text()
    code = "\n".join(line for line in text.splitlines() if not line.startswith(("import ", "//")))
    brought = {name for names in re.findall(r"^import \{ (.+?) \}", text, re.MULTILINE) for name in names.split(", ")}
    others = {
        name
        for other in SCRIPTS
        if other != part
        for name in re.findall(r"^export (?:async )?(?:const|function|class) (\w+)", other.read_text(), re.MULTILINE)
    }

    assert {name for name in others if re.search(rf"(?<![\w.#]){name}\(|new {name}\b", code)} == brought
