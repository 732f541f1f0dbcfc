"""What a process holds for its whole life: loaded modules, caches, and objects frozen for the garbage collector."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
from functools import _lru_cache_wrapper
from importlib.metadata import packages_distributions

import pytest

import app
from tests.support.processes import ROOT, clean_environment

# Says what a process has loaded once it is built, as `otp serve` builds it, and what its collector leaves alone.
_LOOK = """
import gc, json, os, sys
from app.cli.run import start_log
from app.main import create_app, freeze_garbage_collector
from app.settings.load import load_settings
settings = load_settings(os.environ)
start_log(settings)
app = create_app(settings)
freeze_garbage_collector()
print(json.dumps({"modules": [*sys.modules], "frozen": gc.get_freeze_count()}))
"""
MOST_MODULES = 1400  # generic profiles, one module each; metrics; events; guard; facades; messages; hooks

# Parts of what we use that are large or slow to load, and of which we need nothing.
UNWANTED = (
    "fastapi.testclient",
    "h11",
    "phonenumbers.carrier",
    "phonenumbers.geocoder",
    "phonenumbers.timezone",
    "sqlite3",
    "unittest",
    "websockets",
    "xml",
)

# What may grow without a bound, and what holds it all the same. None of it is by a caller's choice.
UNBOUND = {
    "app.http.rate_limit_headers._policies": "one for each app's limits",
    "app.http.rate_limit_headers._send_policies": "one for each app's limits",
    "app.store.limit_facts._write": "one for each app's limits and the keyspace",
    "app.domain.numbering_plan._national_prefix": "one for each calling code of the world",
    "app.domain.numbering_plan._leading_digits": "one for each region of the world",
    "app.domain.numbering_plan._types": "one for each region and length of a number, which has 15 digits at most",
    "app.locale.shipped_texts": "one",
    "app.store.scripts.read_script": "one for each file of app/store/lua",
    "app.api.openapi.events.event_webhooks": "one",
    "app.web.form.form_files": "one",
    "app.http_client.pool.system_tls": "one",
}


@pytest.fixture(scope="module")
def process():
    """The loaded modules and the frozen objects of a newly built process."""
    completed = subprocess.run(
        [sys.executable, "-c", _LOOK],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env=clean_environment(OTP_ENV="development"),
    )
    return json.loads(completed.stdout)


@pytest.mark.parametrize("name", UNWANTED)
def test_unneeded_modules_are_not_loaded(process, name):
    """Each would cost memory and start time."""
    assert importlib.util.find_spec(name), "it is not there to be loaded, so this would say nothing"
    assert name not in process["modules"]


def test_the_number_of_loaded_modules_is_bounded(process):
    """Start time and memory grow with modules; a change that needs more raises the figure and says why."""
    modules = [name for name in process["modules"] if not name.startswith("valkey")]  # only beside our tests

    assert len(modules) <= MOST_MODULES


def test_no_development_package_is_loaded(process):
    """Production does not install it, and an accidental import would fail only there."""
    locked = re.findall(r"^([a-z0-9_.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    here = packages_distributions()
    tops = {name.partition(".")[0] for name in process["modules"]} & set(here)
    foreign = {top for top in tops if not {named(one) for one in here[top]} & {*map(named, locked), "otp"}}

    # Imported where they are installed: by fakeredis, httpx, structlog, rich and uvicorn; the last is pip's.
    assert foreign <= {"valkey", "sniffio", "greenlet", "attr", "watchfiles", "_distutils_hack"}


def named(distribution):
    """Normalise a name as PyPI does."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_long_lived_objects_are_frozen(process):
    """The garbage collector would scan them again and again without result."""
    assert process["frozen"] > 50_000


def test_caches_are_bounded():
    """An unbounded cache is filled by callers that send a new value each time."""
    caches = {name: cache for module in modules_of(app) for name, cache in caches_in(module)}

    assert {name for name, cache in caches.items() if cache.cache_parameters()["maxsize"] is None} == set(UNBOUND)
    assert sum(cache.cache_parameters()["maxsize"] or 0 for cache in caches.values()) <= 16_384


def modules_of(package):
    """Import all modules of a package except `__main__`."""
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names if not name.endswith("__main__")]


def caches_in(module):
    """Yield the cached functions of a module and of its classes, by name."""
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    for place in (module, *classes):
        for value in vars(place).values():
            inner = getattr(value, "__func__", value)  # a class method's
            if isinstance(inner, _lru_cache_wrapper) and inner.__module__ == module.__name__:
                yield f"{inner.__module__}.{inner.__qualname__}", inner
