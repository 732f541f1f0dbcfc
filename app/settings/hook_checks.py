"""Checks of hooks against the apps that they send for."""

from app.settings.model import Settings
from app.settings.templates import listed_apps


def hook_errors(settings: Settings) -> list[str]:
    """List the hooks of apps that are not there, or that may not send what the hook brings."""
    apps, errors = listed_apps(settings), []
    for name, hook in settings.hooks.items():
        if hook.app not in apps:
            errors.append(f"OTP_HOOKS ({name}.app) names an app that OTP_APPS does not list. Add it there.")
        elif not hook.fields.code and not apps[hook.app].free_text:
            errors.append(
                f"OTP_HOOKS ({name}) has texts and no codes, which its app may not send. Set free_text of the app "
                f"{hook.app} in OTP_APPS to true, or name the place of a code."
            )
    return errors
