"""`otp doctor`: look at everything that can be wrong, and say how to mend it."""

import typer

from app.cli.output import show_findings, show_spinner
from app.cli.run import FAILED, run_with_container

EXAMPLE = "Example: otp doctor | grep ^bad"


def doctor() -> None:
    """Check settings, Redis, clocks, the queue and the routes, and say how to mend what is wrong.

    Exit code 1 when something is broken; what is only unwise is a warning.
    """
    from app.cli.doctor_checks import run_checks

    with show_spinner("Looking at settings, Redis and routes"):
        findings = run_with_container(run_checks)
    show_findings(findings)
    if any(sign == "bad" for sign, _, _ in findings):
        raise typer.Exit(FAILED)
