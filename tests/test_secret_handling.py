"""How the source handles secrets: their source of randomness, their comparison, and where they may appear."""

import ast
import inspect
import os
from pathlib import Path

from app.container import open_container
from app.main import create_app
from tests.support.builders import make_settings

ROOT = Path(__file__).parent.parent
SOURCES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in (ROOT / "app").rglob("*.py")}
# A caller's secret is compared in constant time by these; keys of the API are found by their digest, codes by theirs.
IN_CONSTANT_TIME = {"app/domain/signatures/comparison.py", "app/services/parts/device_tokens.py"}
SECRET_WORDS = {"code", "digest", "given", "key", "proof", "secret", "signature", "token"}
NOT_SECRET = {
    "app/http/facade.py: code",  # an HTTP status
    "app/http/problems.py: code",  # an HTTP status
    "app/settings/to_domain.py: code",  # whether a resend repeats it
    "app/store/redis_causes.py: code",  # Redis' word for a failure
    "app/gateways/messagebird.py: code",  # of an error
    "app/gateways/vonage.py: code",  # likewise
}


def nodes(kind):
    return [(path, node) for path, tree in SOURCES.items() for node in ast.walk(tree) if isinstance(node, kind)]


def test_unguessable_values_come_from_the_system_source():
    """Ids, salts and nonces use `random_bytes`, which only tests replace; no other source of randomness is used."""
    assert inspect.signature(open_container).parameters["random_bytes"].default is os.urandom
    imported = {
        (path, alias.name.split(".")[0])
        for path, node in nodes(ast.Import | ast.ImportFrom)
        for alias in [*node.names, *([ast.alias(node.module)] if isinstance(node, ast.ImportFrom) else [])]
    }

    assert not [path for path, name in imported if name in {"random", "uuid1", "numpy"}]


def test_caller_secrets_are_compared_in_constant_time():
    users = {path for path, node in nodes(ast.Attribute) if node.attr == "compare_digest"}

    assert users == IN_CONSTANT_TIME


def test_no_secret_is_compared_with_equals():
    """A comparison that stops at the first difference reveals how much of a guess is right."""
    compared = {
        f"{path}: {name}"
        for path, node in nodes(ast.Compare)
        if any(isinstance(sign, ast.Eq | ast.NotEq) for sign in node.ops)
        for side in [node.left, *node.comparators]
        for name in [_word_of(side)]
        if name in SECRET_WORDS
    }

    others = sorted(compared - NOT_SECRET)
    assert others == [], "compare by `is_same`; what is no secret stands in NOT_SECRET of tests/test_secret_handling.py"


def _word_of(side):
    """Return the last identifier of a name, an attribute or a call, or an empty string."""
    match side:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.strip("_").rpartition("_")[2]
    return ""


def test_debug_mode_is_off():
    """Starlette's debug page shows tracebacks with values; no setting enables it."""
    assert create_app(make_settings()).debug is False
    assert not [path for path, keyword in nodes(ast.keyword) if keyword.arg == "debug"]


def test_urls_hold_no_personal_data():
    """Addresses end in logs, histories and `Referer` headers; ids of ours tell nothing.

    Vendors write their reports as they like, in a query too: those addresses are theirs, and no log holds them.
    """
    paths = create_app(make_settings()).openapi()["paths"]
    parameters = {
        (parameter["in"], parameter["name"])
        for item in paths.values()
        for operation in item.values()
        for parameter in operation.get("parameters", [])
    }

    assert {name for place, name in parameters if place == "path"} == {"id", "gateway", "token"}
    assert {name for place, name in parameters if place in {"query", "cookie"}} == {"work"}, "of a human check"
