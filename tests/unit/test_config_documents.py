"""The generated documents: complete, usable, and as the code would write them."""

import json
from pathlib import Path

import pytest

from cli.documents import DOCUMENTS, EXIT_USAGE, main, outdated
from shared.config import parse
from shared.config_docs import example, reference
from shared.options import OPTIONS


def test_committed_documents_are_as_the_code_writes_them() -> None:
    """Committed documents are as the code writes them."""
    assert [str(path) for path, _ in outdated()] == []


def test_check_names_what_is_outdated_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Check names what is outdated and changes nothing."""
    assert main(["--check"], tmp_path) == 1
    assert "config.example.json: out of date, run: " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_write_then_check_is_clean(tmp_path: Path) -> None:
    """Write then check is clean."""
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {name for name, _ in DOCUMENTS}


def test_one_changed_byte_is_drift(tmp_path: Path) -> None:
    """One changed byte is drift."""
    main([], tmp_path)
    path = tmp_path / "config.example.json"
    path.write_text(path.read_text().replace("1883", "1884"))
    assert [found for found, _ in outdated(tmp_path)] == [path]


def test_unknown_argument_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown argument is a usage error."""
    assert main(["--chekc"]) == EXIT_USAGE
    assert "usage:" in capsys.readouterr().err


def test_example_can_be_used_as_it_is() -> None:
    """Example can be used as it is."""
    config = parse(json.loads(example()), {"TZ": "UTC"})
    smallest = {"url": "http://x", "token": "x", "entities": {"power": "sensor.x"}}
    assert config.data == parse({"home_assistant": smallest}, {}).data
    assert config.github is None


def test_example_with_every_option_switched_on_can_be_used() -> None:
    """Example with every option switched on can be used."""

    def switched_on(value: object) -> object:
        if not isinstance(value, dict):
            return value
        remarks = ("_comment", "_comment_top")
        return {key.lstrip("_"): switched_on(v) for key, v in value.items() if key not in remarks}

    raw = switched_on(json.loads(example()))
    config = parse(raw, {})
    assert config.github is not None
    assert config.data.bounds == {"power": (-30000.0, 30000.0)}
    assert isinstance(raw, dict)
    for option in OPTIONS:
        assert option.key in (raw[option.section] if option.section else raw)


def test_reference_explains_every_option_and_variable() -> None:
    """Reference explains every option and variable."""
    page = reference()
    for option in OPTIONS:
        assert f"| `{option.path}` |" in page
        assert option.meaning in page
        assert option.environment in page
