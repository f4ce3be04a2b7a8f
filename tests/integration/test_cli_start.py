"""The command line as a process: how soon it speaks."""

import subprocess
import sys

import pytest
from support.stack import ROOT

HEAVY = ("paho", "requests", "urllib3", "services", "tarfile", "http.client", "logging")


@pytest.mark.parametrize("words", [["--help"], ["status", "--help"], ["setup", "--help"]])
def test_help_comes_at_once_on_a_small_board(words: list[str]) -> None:
    """What a command needs to work is imported when it works, not to explain itself."""
    code = f"""
import sys
from cli.__main__ import main
try:
    main({words!r})
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT, text=True
    )
    assert done.stderr.strip() == "[]"
