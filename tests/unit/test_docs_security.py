"""docs/security.md: each thing that somebody could try names tests, and those exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text()
MODEL = PAGE.partition("## What somebody could try\n")[2].partition("\n## ")[0]
ROW = re.compile(r"^\| (?!tries to|---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ROWS = ROW.findall(MODEL)
PEOPLE = re.findall(r"^\*\*(.+?)\*\*", MODEL, re.MULTILINE)


@cache
def known() -> frozenset[str]:
    """Return the names of all tests."""
    files = (ROOT / "tests").rglob("test_*.py")
    nodes = [node for file in files for node in ast.parse(file.read_text()).body]
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("tries", "way", "tried"), ROWS, ids=[row[0] for row in ROWS])
def test_each_line_names_tests_that_exist(tries: str, way: str, tried: str) -> None:
    names = re.findall(r"`(\w+)`", tried)
    assert tries
    assert way
    assert names, "a line without a test is a promise"
    assert not re.sub(r"`\w+`| ", "", tried), "only names of tests belong there"
    assert [name for name in names if f"test_{name}" not in known()] == []


def test_everybody_has_a_table_and_no_line_is_overlooked() -> None:
    tables = MODEL.count("| tries to | what is in the way | tried by |\n|---|---|---|\n")
    assert len(PEOPLE) == tables == 10
    assert len(ROWS) == len(re.findall(r"^\|", MODEL, re.MULTILINE)) - 2 * tables
    assert len(ROWS) > 40
