"""`otp doctor`: check the configuration and its environment, and print fixes."""

import typer

from app.cli.output import show_findings, show_spinner
from app.cli.run import FAILED, run_with_container

EXAMPLE = "Example: otp doctor | grep ^bad"


def doctor() -> None:
    """Check settings, Redis, clocks, the queue and the routes, and print a fix for each problem.

    Exit code 1 when something is broken; a risky setting is a warning.
    """
    from app.cli.doctor_checks import run_checks

    with show_spinner("Checking settings, Redis and routes"):
        findings = run_with_container(run_checks)
    show_findings(findings)
    if any(severity == "bad" for severity, _, _ in findings):
        raise typer.Exit(FAILED)
