"""One measured thing: what, ours, the alternative, and the budget."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table in docs/benchmarks.md; values with their units."""

    what: str
    ours: str
    alternative: str
    budget: str


def table(rows: list[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | ours | alternative | budget |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.ours} | {row.alternative} | {row.budget} |" for row in rows]
    return "\n".join(lines) + "\n"
