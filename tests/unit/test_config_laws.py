"""What holds for any configuration whatsoever."""

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.config import Config, load, parse, redacted
from shared.errors import ConfigError
from shared.options import OPTIONS, SECTIONS

SECRET = "s3cr3t-ABCDEFGHIJKLMNOP"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["UTC", "http://h", "a/b", "sensor.x", SECRET, f"http://u:{SECRET}@h", "~"])
)
KEYS = st.sampled_from(
    [option.key for option in OPTIONS]
    + [f"{option.key}_file" for option in OPTIONS if option.secret]
    + [section.name for section in SECTIONS]
    + ["homeassistant", "entity_id", "power", "_x", "comment", SECRET, f"x{SECRET}"]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=25,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        **{
            section.name: st.fixed_dictionaries(
                {}, optional={o.key: JSON for o in OPTIONS if o.section == section.name}
            )
            for section in SECTIONS
        },
        "timezone": JSON,
    },
)


def parsed(raw: object) -> Config | str:
    """Return the configuration, or the error as its reader sees it."""
    try:
        return parse(raw, {"TZ": "UTC"})
    except ConfigError as error:
        return f"{error}\n{error.hint}"


@given(JSON | SHAPED)
def test_anything_gives_a_configuration_or_a_configuration_error(raw: object) -> None:
    """Anything gives a configuration or a configuration error."""
    result = parsed(raw)
    text = result if isinstance(result, str) else repr(result)
    text.encode()


@given(JSON | SHAPED)
def test_no_secret_is_ever_shown(raw: object) -> None:
    """Whatever else is wrong, and wherever else the same secret was pasted."""
    tree = dict(raw) if isinstance(raw, dict) else {"x": raw}
    home = tree.get("home_assistant")
    tree["home_assistant"] = {**(home if isinstance(home, dict) else {}), "token": SECRET}
    result = parsed(tree)
    assert SECRET not in (result if isinstance(result, str) else "")


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12))
def test_secrets_never_reach_repr_or_redacted(secret: str) -> None:
    """Secrets never reach repr() or redacted."""
    raw = {
        "home_assistant": {
            "url": "http://h",
            "token": f"{secret}1",
            "entities": {"power": "sensor.x"},
        },
        "mqtt": {"username": "u", "password": f"{secret}2"},
        "github": {"token": f"{secret}3", "repo": "a/b"},
    }
    config = parse(raw, {"TZ": "UTC"})
    assert set(config.secrets()) == {f"{secret}{n}" for n in (1, 2, 3)}
    assert secret not in repr(config)
    assert secret not in json.dumps(redacted(config))


@given(st.binary(max_size=200))
def test_any_bytes_give_a_configuration_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Any bytes give a configuration error."""
    path = Path(tmp_path_factory.getbasetemp()) / "any.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        load(path, {})


def test_a_resident_service_imports_nothing_heavy_with_it() -> None:
    """The modules that only an error or the command line needs stay out of memory."""
    import subprocess  # noqa: PLC0415

    code = "import sys, shared.config; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert loaded.isdisjoint({"argparse", "difflib", "asyncio", "requests", "logging", "email"})
