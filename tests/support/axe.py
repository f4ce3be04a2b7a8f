"""What axe-core finds wrong for people who use a keyboard, a screen reader or weak eyes."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

_PACKAGE = "axe_playwright_python"  # bundles axe-core's axe.min.js; only that file is used


@cache
def _script() -> str:
    return (files(_PACKAGE) / "axe.min.js").read_text()


def axe_violations(
    page: Page, context: str = "document", *, rules: list[str] | None = None
) -> list[str]:
    """Return one line for each violation of the page as it is now: rule, what it says, where.

    All of axe-core's rules are used but the experimental ones, or only `rules`; `context` is a
    JavaScript expression for the part to look at.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = rules
    page.evaluate(f"{_script()}; 0")
    found = page.evaluate(f"options => axe.run({context}, options)", options)
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: "
        + ", ".join(str(node["target"]) for node in violation["nodes"])
        for violation in found["violations"]
    ]
