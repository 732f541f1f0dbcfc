"""Runs axe-core on a page in the browser."""

from axe_playwright_python.sync_playwright import Axe


def violations(page, within="html", **options):
    """Return the rules that the page violates inside of `within`, in light and dark mode, with the elements."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    arguments = [within, {"resultTypes": ["violations"], **options}]  # all rules run; only violations list elements
    violated = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("(options) => axe.run(...options)", arguments)["violations"]
        violated += [(scheme, rule["id"], node["html"]) for rule in found for node in rule["nodes"]]
    return violated
