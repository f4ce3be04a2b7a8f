"""What a person must be told before readings leave the house, and what the syncer may tell."""

from pathlib import Path

import pytest

from services.syncer.holding import REASONS

ROOT = Path(__file__).parents[2]
STATES = ("synced", "unsynced", "pushing", "restoring", "waiting", "stopped", "held")


@pytest.mark.parametrize("document", ["README.md", "docs/sync.md"])
def test_who_keeps_the_history_elsewhere_hears_what_it_shows(document: str) -> None:
    text = " ".join((ROOT / document).read_text(encoding="utf-8").split())
    assert "Consumption data shows when people are at home" in text
    assert "Use a private repository" in text


def test_without_a_remote_nothing_leaves_the_house() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "Without a `github` or `remote` section the history stays on this machine." in text


@pytest.mark.parametrize("word", [*STATES, *REASONS, "page", "unexpected", "state", "archive"])
def test_every_state_and_problem_is_explained(word: str) -> None:
    assert f"`{word}`" in (ROOT / "docs/sync.md").read_text(encoding="utf-8")
