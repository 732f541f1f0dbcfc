"""What axe-core finds on a page in the browser."""

from axe_playwright_python.sync_playwright import Axe


def violations(page, within="html", **options):
    """Give the rules that the page breaks inside of `within`, light or dark, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    asked = [within, {"resultTypes": ["violations"], **options}]  # all rules run; of others no elements are listed
    broken = []
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        found = page.evaluate("(asked) => axe.run(...asked)", asked)["violations"]
        broken += [(look, rule["id"], node["html"]) for rule in found for node in rule["nodes"]]
    return broken
