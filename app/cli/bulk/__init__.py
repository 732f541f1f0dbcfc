"""The parts of `otp messages send`: read rows, check them, send them, store the progress; no command is here."""
