"""Which service a command talks to: the one whose settings are given here, or the running development service."""

import os

import typer
from dotenv import dotenv_values

from app.cli.dev_services import FoundService, find_dev_services
from app.cli.run import ENV_FILE, USAGE, print_error, print_hint, settings_or_exit
from app.settings.load import BadSettings
from app.settings.model import Settings

_MAX_NAMED = 3
_OPERATOR = "OTP_OPERATOR"
_NOTHING = (
    "No OTP_ setting is set, and no development service runs. Start one with `make run`, "
    "or set those of your service: `otp init` writes a .env."
)
_SILENT = "The development service does not respond. If it was suspended, continue it with `fg`; or start it again."


def service_settings_or_exit() -> Settings:
    """Load the settings of the service that this command talks to.

    A development service is chosen if it runs with every setting that is given here, so that settings of two services
    never mix: with nothing given, that is each. In any other case the given settings are used, as in production.
    Exits with code 2 and a sentence if there is nothing to talk to, or a choice to make.
    """
    given = _given_settings()
    services, silent = find_dev_services(os.environ)
    matching = [found for found in services if given.items() <= found.service.settings.items()]
    if matching:
        return _load(_choose(matching))
    if given:
        if services:
            print_hint(_describe_difference(given, services[0]))
        return settings_or_exit()
    print_error(_SILENT if silent else _NOTHING)
    raise typer.Exit(USAGE)


def own_settings_or_exit() -> Settings:
    """Load the settings given here, to start a process; with nothing given, refuse beside a development service."""
    if not _given_settings():
        services, _ = find_dev_services(os.environ)
        for found in services:
            print_error(
                f"The development service on {found.service.url} runs API and worker itself. "
                "To start another process, set the OTP_ settings of its service."
            )
            raise typer.Exit(USAGE)
    return settings_or_exit()


def _given_settings() -> dict[str, str]:
    """Return the `OTP_` settings of the environment and of `.env`, by upper-case name."""
    try:
        from_file = dotenv_values(ENV_FILE)
    except (OSError, ValueError):
        settings_or_exit()  # exits, with a sentence about the file
        raise
    given = {**from_file, **os.environ}
    settings = {name.upper(): value or "" for name, value in given.items() if name.upper().startswith("OTP_")}
    settings.pop(_OPERATOR, None)  # who types the command, not what the service runs with
    return settings


def _choose(services: list[FoundService]) -> FoundService:
    """Choose by `PORT`, as `make run` reads it, where it is set; it must leave exactly one."""
    port = os.environ.get("PORT", "")
    chosen = [found for found in services if port in {"", str(found.service.port)}]
    if len(chosen) == 1:
        return chosen[0]
    running = ", ".join(found.service.url for found in services)
    if chosen:
        print_error(f"Several development services run: {running}. Choose one: PORT={chosen[-1].service.port} otp …")
    else:
        print_error(f"No development service runs on port {port}, which PORT names, but on {running}. Unset PORT.")
    raise typer.Exit(USAGE)


def _load(found: FoundService) -> Settings:
    print_hint(f"This is the development service on {found.service.url}.")
    try:
        return found.load_settings()
    except BadSettings as error:
        print_error(*error.sentences)
        raise typer.Exit(USAGE) from error


def _describe_difference(given: dict[str, str], found: FoundService) -> str:
    different = [name for name in sorted(given) if given[name] != found.service.settings.get(name)]
    names = ", ".join(different[:_MAX_NAMED]) + (", …" if len(different) > _MAX_NAMED else "")
    return f"The settings given here are used, not those of the development service, which differ in {names}."
