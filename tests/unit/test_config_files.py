"""Where the configuration is looked up, and what files may hold."""

import json
from pathlib import Path

import pytest
from support.configuration import SMALLEST

from shared.config import Config, load
from shared.errors import ConfigError

WITHOUT_TOKEN = {"url": "http://h", "entities": {"power": "sensor.x"}}


def write(path: Path, content: object, mode: int = 0o600) -> Path:
    """Write a configuration, or bytes as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    path.chmod(mode)
    return path


def refusal(path: Path) -> ConfigError:
    """Return the error that loading gives."""
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return caught.value


def with_url(url: str) -> dict[str, object]:
    """Return the smallest configuration with another URL, to tell files apart."""
    return {"home_assistant": {**SMALLEST["home_assistant"], "url": url}}


def test_lookup_order(tmp_path: Path) -> None:
    """--config, then the variable, then ./config.json, then the system's."""
    names = ("option", "variable", "here", "system")
    paths = {name: tmp_path / name / "config.json" for name in names}
    for name, path in paths.items():
        write(path, with_url(f"http://{name}"))

    def found(option: Path | None, environ: dict[str, str]) -> Config:
        return load(option, environ, cwd=tmp_path / "here", system=paths["system"])

    environ = {"POWER_MONITOR_CONFIG": str(paths["variable"])}
    assert found(paths["option"], environ).home_assistant.url == "http://option"
    assert found(None, environ).home_assistant.url == "http://variable"
    assert found(None, {"POWER_MONITOR_CONFIG": ""}).home_assistant.url == "http://here"
    paths["here"].unlink()
    assert found(None, {}).home_assistant.url == "http://system"


def test_missing_file_lists_where_it_was_looked_for_and_what_to_type(tmp_path: Path) -> None:
    """Missing file lists where it was looked for and what to type."""
    with pytest.raises(ConfigError) as caught:
        load(None, {}, cwd=tmp_path, system=tmp_path / "system.json")
    assert str(tmp_path / "config.json") in str(caught.value)
    assert str(tmp_path / "system.json") in str(caught.value)
    assert "power-monitor setup" in caught.value.hint


def test_named_file_that_is_missing_is_not_replaced_by_another(tmp_path: Path) -> None:
    """Named file that is missing is not replaced by another."""
    write(tmp_path / "config.json", SMALLEST)
    for path, environ in ((Path("no.json"), {}), (None, {"POWER_MONITOR_CONFIG": "no.json"})):
        with pytest.raises(ConfigError, match=r"no\.json: there is no such file"):
            load(path, environ, cwd=tmp_path)


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o666])
def test_secrets_that_everybody_can_read_are_refused_with_the_chmod(
    tmp_path: Path, mode: int
) -> None:
    """Secrets that everybody can read are refused with the chmod."""
    path = write(tmp_path / "config.json", SMALLEST, mode)
    assert f"chmod 600 {path}" in str(refusal(path))


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o400])
def test_secrets_of_owner_and_group_are_accepted(tmp_path: Path, mode: int) -> None:
    """Secrets of owner and group are accepted."""
    load(write(tmp_path / "config.json", SMALLEST, mode), {})


def test_permission_and_other_mistakes_come_together(tmp_path: Path) -> None:
    """Permission and other mistakes come together."""
    raw = {**SMALLEST, "mqtt": {"port": 0}}
    lines = str(refusal(write(tmp_path / "config.json", raw, 0o644))).splitlines()
    assert len(lines) == 2
    assert lines[1] == "mqtt.port: must be >= 1, got 0"


def test_configuration_without_secrets_may_be_readable_by_all(tmp_path: Path) -> None:
    """Configuration without secrets may be readable by all."""
    path = write(tmp_path / "config.json", {"home_assistant": WITHOUT_TOKEN}, 0o644)
    config = load(path, {"POWER_MONITOR_HA_TOKEN": "x"})
    assert config.home_assistant.token == "x"


def test_secret_file_is_read_beside_the_configuration(tmp_path: Path) -> None:
    """A relative name starts at the configuration's directory, and the line end is no secret."""
    write(tmp_path / "token", b"from-file\n")
    raw = {"home_assistant": {**WITHOUT_TOKEN, "token_file": "token"}}
    config = load(write(tmp_path / "config.json", raw, 0o644), {})
    assert config.home_assistant.token == "from-file"


@pytest.mark.parametrize(
    ("content", "mode", "reason"),
    [
        (b"s3cr3t", 0o644, "chmod 600"),
        (b"\n", 0o600, "is empty"),
        (b"\xff", 0o600, "not UTF-8"),
        (b"s3cr3t two", 0o600, "must be the token alone"),
        (b"s3cr3t\ntwo", 0o600, "must be at most"),
        (b"x" * 300_000, 0o600, "larger than"),
    ],
    ids=["readable", "empty", "binary", "spaces", "lines", "large"],
)
def test_bad_secret_file(tmp_path: Path, content: bytes, mode: int, reason: str) -> None:
    """Bad secret file."""
    write(tmp_path / "token", content, mode)
    raw = {"home_assistant": {**WITHOUT_TOKEN, "token_file": "token"}}
    message = str(refusal(write(tmp_path / "config.json", raw)))
    assert message.startswith("home_assistant.token_file: ")
    assert reason in message
    assert "s3cr3t" not in message
    assert len(message.splitlines()) == 1


def test_secret_pasted_as_the_name_of_its_file_is_not_shown(tmp_path: Path) -> None:
    """Secret pasted as the name of its file is not shown."""
    raw = {"home_assistant": {**WITHOUT_TOKEN, "token_file": "s3cr3t"}}
    message = str(refusal(write(tmp_path / "config.json", raw)))
    assert message.startswith("home_assistant.token_file: No such file")
    assert "s3cr3t" not in message


def test_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    """Secret and its file together are refused."""
    home = {**SMALLEST["home_assistant"], "token_file": "token"}
    message = str(refusal(write(tmp_path / "config.json", {"home_assistant": home})))
    assert message == 'home_assistant.token_file: give either this or "home_assistant.token"'


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'{\n  "token": "s3cr3t",\n}', "line 3, column 1"),
        (b'{"token": "s3cr3t" "x"}', "line 1, column 20"),
        (b"", "line 1, column 1"),
        (b"// s3cr3t\n{}", "line 1, column 1"),
    ],
)
def test_broken_json_is_located_and_not_quoted(tmp_path: Path, content: bytes, where: str) -> None:
    """Broken JSON is located and not quoted."""
    error = refusal(write(tmp_path / "config.json", content))
    assert where in str(error)
    assert "s3cr3t" not in str(error) + error.hint
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff{}", "byte 0: not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[" + b"1" * 5000 + b"]", "a number is too long"),
        (b" " * 300_000, "larger than"),
        (b"[]", "must be a JSON object"),
    ],
)
def test_hostile_files_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Hostile files are refused."""
    assert reason in str(refusal(write(tmp_path / "config.json", content)))


def test_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """Byte order mark does no harm."""
    content = b"\xef\xbb\xbf" + json.dumps(SMALLEST).encode()
    assert load(write(tmp_path / "config.json", content), {}).home_assistant.token == "ha-secret"


def test_key_given_twice_is_a_mistake_with_its_path(tmp_path: Path) -> None:
    """Key given twice is a mistake with its path."""
    content = b'{"mqtt": {"port": 1, "port": 2}, "timezone": "UTC", "timezone": "UTC"}'
    lines = str(refusal(write(tmp_path / "config.json", content))).splitlines()
    assert lines[:2] == ["timezone: given twice", "mqtt.port: given twice"]


def test_numbers_that_json_does_not_have_are_refused(tmp_path: Path) -> None:
    """Numbers that JSON does not have are refused."""
    text = json.dumps({**SMALLEST, "data": {"backfill_days": float("nan")}})
    message = str(refusal(write(tmp_path / "config.json", text.encode())))
    assert message == "data.backfill_days: must be a finite number, got nan"


def test_directory_is_refused(tmp_path: Path) -> None:
    """Directory is refused."""
    assert "Is a directory" in str(refusal(tmp_path))


def test_relative_data_directory_starts_at_the_configuration(tmp_path: Path) -> None:
    """Relative data directory starts at the configuration."""
    raw = {**SMALLEST, "paths": {"data_dir": "www"}}
    assert load(write(tmp_path / "config.json", raw), {}).paths.data_dir == tmp_path / "www"
