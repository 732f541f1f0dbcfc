"""Settings of Smstools accounts at a fake vendor, one or several by name."""

import json

TOKEN = "r3p0rt-t0ken-r3p0rt-t0ken"
SECRET = "s3cret-of-the-account"


def accounts(url, *names, routes=None):
    """Return the settings of these accounts, without OTP_; each calls the vendor at the path `/<name>`."""
    names = names or ("smstools",)
    settings = {"ROUTES": json.dumps(routes or {"*": list(names)})}
    for name in names:
        own = {
            "KIND": "smstools",
            "URL": f"{url}/{name}",
            "CLIENT_ID": "acme",
            "CLIENT_SECRET": SECRET,
            "SENDER": "Acme",
            "REPORT_TOKEN": TOKEN,
        }
        settings |= {f"GATEWAYS__{name.upper()}__{setting}": value for setting, value in own.items()}
    return settings
