"""`python -m app.cli` is `otp`."""

from app.cli import main

main()
