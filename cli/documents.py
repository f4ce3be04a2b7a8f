"""Write the generated documents, or check that they are as the code would write them.

    python -m cli.documents [--check]

Another document is one more line in DOCUMENTS.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from cli import command_docs
from shared import config_docs

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("config.example.json", config_docs.example),
    ("docs/configuration.md", config_docs.reference),
    ("docs/cli.md", command_docs.reference),
)
USAGE = "usage: python -m cli.documents [--check]"
EXIT_USAGE = 64  # EX_USAGE of sysexits.h


def outdated(root: Path = ROOT) -> list[tuple[Path, str]]:
    """Return path and wanted text of each document that differs from what the code would write."""
    wanted = [(root / name, make()) for name, make in DOCUMENTS]
    return [(path, text) for path, text in wanted if _current(path) != text.encode()]


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Write what is outdated, or with --check only name it and return 1."""
    if list(arguments) not in ([], ["--check"]):
        sys.stderr.write(f"{USAGE}\n")
        return EXIT_USAGE
    stale = outdated(root)
    for path, text in stale:
        if arguments:
            sys.stderr.write(f"{path}: out of date, run: python -m cli.documents\n")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if stale and arguments else 0


def _current(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
