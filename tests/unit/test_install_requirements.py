"""deploy/requirements.txt: what an installation gets is what pyproject.toml allows."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PINNED = re.compile(
    r"^([a-z0-9-]+)==([\d.]+)((?: \\\n    --hash=sha256:[0-9a-f]{64})+)$", re.MULTILINE
)
RANGE = re.compile(r"^([a-z0-9-]+)>=([\d.]+)(?:,<([\d.]+))?$")


def number(version: str) -> tuple[int, ...]:
    """Return a version to compare."""
    return tuple(map(int, version.split(".")))


def pinned() -> dict[str, str]:
    """Return package -> version of deploy/requirements.txt."""
    text = (ROOT / "deploy" / "requirements.txt").read_text()
    found = {name: version for name, version, _ in PINNED.findall(text)}
    lines = [line for line in text.splitlines() if not line.startswith(("#", " "))]
    assert len(found) == len(lines), "each package needs a version and hashes"
    return found


def test_each_dependency_is_pinned_to_a_version_that_is_allowed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = pinned()
    for dependency in project["dependencies"]:
        found = RANGE.match(dependency)
        assert found, dependency
        name, least, below = found.groups()
        assert number(versions[name]) >= number(least)
        assert not below or number(versions[name]) < number(below)


def test_orjson_has_a_wheel_for_armv7_with_musl() -> None:
    """3.11.9 is the last one: a newer pin would need a compiler on the reference board."""
    assert number(pinned()["orjson"]) <= (3, 11, 9)
