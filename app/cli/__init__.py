"""The command `otp`: one file for each family of commands."""

from typer import Typer

from app.cli import doctor, gateways, init, jobs, keys, numbers, send_test, serve

app = Typer(
    name="otp",
    help="Prove that a person holds a phone number, by SMS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.command("dev")(serve.dev)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("doctor")(doctor.doctor)
app.command("send-test")(send_test.send_test)
app.add_typer(gateways.app, name="gateways")
app.add_typer(jobs.app, name="jobs")
app.add_typer(keys.app, name="keys")
app.add_typer(numbers.app, name="numbers")


def main() -> None:
    """Run `otp`."""
    app()
