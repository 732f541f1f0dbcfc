"""The copy of the OpenAPI document in `docs/`: `python -m tests.support.openapi_file` writes it."""

import json
from pathlib import Path

from app.main import create_app
from tests.support.builders import make_settings

OPENAPI_FILE = Path(__file__).parents[2] / "docs" / "openapi.json"


def current_text() -> str:
    """Return the document of the service with its default settings."""
    document = create_app(make_settings()).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OPENAPI_FILE.write_text(current_text())
