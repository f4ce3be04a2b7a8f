"""What docs/benchmarks.md is made of: a line for each budget, and a table for each subject."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of budgets; values with their units."""

    what: str
    ours: str
    alternative: str
    budget: str


@dataclass(frozen=True, slots=True)
class Section:
    """One subject: how each was set up in a few sentences, and what came of it."""

    title: str
    text: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]

    def __str__(self) -> str:
        return f"## {self.title}\n\n{self.text}\n\n{_markdown(self.columns, self.lines)}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What one bench found."""

    budgets: Sequence[Row] = ()
    section: Section | None = None


def budgets(rows: Sequence[Row]) -> str:
    """Return the lines of budgets as a Markdown table."""
    lines = [(row.what, row.ours, row.alternative, row.budget) for row in rows]
    return _markdown(("what", "ours", "alternative", "budget"), lines)


def _markdown(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [columns, ["---"] * len(columns), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
