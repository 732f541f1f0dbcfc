"""The examples are locked, and the pages show them verbatim; `pytest -m examples` builds and drives them."""

import json
import re

import pytest

from tests.support.docs import PAGES, blocks
from tests.support.examples import EXAMPLES, FOLDER

FORM = PAGES["docs/using/form.md"]
README = PAGES["examples/README.md"]


@pytest.fixture(params=EXAMPLES)
def example(request):
    return FOLDER / request.param


def test_both_frameworks_have_an_example():
    assert EXAMPLES == ["react", "vue"]


@pytest.mark.parametrize(("language", "file"), [("tsx", "react/src/PhoneLogin.tsx"), ("vue", "vue/src/PhoneLogin.vue")])
def test_the_page_of_the_form_shows_the_components_of_the_examples(language, file):
    """The examples are built and driven, so what the page shows works."""
    assert blocks(language, FORM) == [(FOLDER / file).read_text()]


def test_the_page_of_the_form_shows_the_configuration_for_vue():
    assert f"// vite.config.ts\n{(FOLDER / 'vue' / 'vite.config.ts').read_text()}" in blocks("ts", FORM)


def test_the_examples_call_their_backend_by_the_same_file():
    assert len({(FOLDER / name / "src" / "backend.ts").read_text() for name in EXAMPLES}) == 1


def test_an_example_has_exact_versions(example):
    """Newer ones may build it differently; the lock file has those of all packages."""
    package = json.loads((example / "package.json").read_text())
    wanted = package["dependencies"] | package["devDependencies"]
    lock = json.loads((example / "package-lock.json").read_text())

    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert lock["packages"][""]["dependencies"] | lock["packages"][""]["devDependencies"] == wanted


def test_a_lock_file_has_the_hash_of_each_package_and_names_no_registry(example):
    """Each user's npm loads them from its own registry, and compares the hashes."""
    packages = json.loads((example / "package-lock.json").read_text())["packages"]
    packages.pop("")

    assert packages
    assert [name for name, package in packages.items() if not package.get("integrity", "").startswith("sha512-")] == []
    resolved = [name for name, package in packages.items() if "resolved" in package]
    assert resolved == [], "lock it again by: npm install --omit-lockfile-registry-resolved"


def test_an_example_checks_the_types_of_the_declaration_too(example):
    """Without `skipLibCheck`, which hides errors in declarations, and in Vue with strict templates."""
    options = json.loads((example / "tsconfig.json").read_text())

    assert options["compilerOptions"]["strict"] is True
    assert options["compilerOptions"]["skipLibCheck"] is False
    assert options.get("vueCompilerOptions", {"strictTemplates": True})["strictTemplates"] is True


def test_the_named_commands_exist(example):
    named = set(re.findall(r"npm (?:run )?(start|types|build)", README))

    assert {"start", "types"} <= named <= set(json.loads((example / "package.json").read_text())["scripts"])
