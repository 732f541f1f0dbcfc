"""What `otp doctor` finds about hooks: where each is called, and what weakens it."""

from app.cli.output import Finding
from app.domain.hook import Scheme
from app.settings.model import Settings
from app.settings.templates import listed_apps


def find_hooks(settings: Settings) -> list[Finding]:
    """Describe each hook by its sender, its app and its address, without its secrets."""
    found: list[Finding] = []
    apps = listed_apps(settings)
    for name, hook in settings.hooks.items():
        subject, is_path = f"hook {name}", hook.verification.scheme is Scheme.PATH
        address = f"{settings.public_url}/v1/hooks/{name}{'/<secret>' if is_path else ''}"
        found.append(("ok", subject, f"{hook.preset or 'a sender of yours'} sends for {hook.app} by {address}"))
        if is_path:
            message = (
                "only the address authenticates its sender, and proxies log addresses; use another scheme if it can"
            )
            found.append(("warn", subject, message))
        if hook.fields.text and not apps[hook.app].free_text:
            message = f"a call without a code of 4 to 10 digits is refused, since {hook.app} has no `free_text`"
            found.append(("note", subject, message))
        if not hook.fields.client_ip:
            message = "its sender names no address of a person, so no limit by address holds; name it as `client_ip` if"
            found.append(("note", subject, f"{message} it does"))
    return found
