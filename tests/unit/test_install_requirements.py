"""Pinned: what installations, images and checkouts get, and the page's libraries."""

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


def constraints() -> dict[str, str]:
    """Return package -> version of what checks and tests run with."""
    text = (ROOT / "scripts" / "constraints.txt").read_text()
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = dict(line.split("==") for line in lines)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found.items()}


def test_what_checks_and_tests_run_with_is_pinned_too() -> None:
    """A new release of a tool is taken when somebody takes it, not in the middle of the night."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["browser"]]
    names = {re.split(r"[<>=]", one)[0].lower() for one in wanted}
    assert names <= set(constraints())
    assert "scripts/constraints.txt" in (ROOT / "scripts" / "lib.sh").read_text()


def test_what_is_tested_is_what_is_installed() -> None:
    assert constraints().items() >= pinned().items()


def test_an_image_is_made_of_the_same_packages() -> None:
    """By their hashes, none built there, on releases that are named."""
    text = (ROOT / "Dockerfile").read_text()
    (line,) = re.findall(r"pip install .*", text)
    for word in ("--only-binary=:all:", "--require-hashes", "-r /requirements.txt"):
        assert word in line
    assert "COPY deploy/requirements.txt /" in text
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    images += re.findall(r"image: (\S+:\S+)", (ROOT / "docker-compose.yml").read_text())
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+", image) for image in images)


def test_nothing_is_fetched_to_be_run() -> None:
    """No script pipes the network into a shell, or keeps things under a name others can guess."""
    for script in (*(ROOT / "deploy").rglob("*.sh"), *(ROOT / "scripts").iterdir()):
        text = script.read_text()
        assert not re.search(r"\b(curl|wget|git clone)\b", text), script.name
        assert not re.search(r"[ \"'>=]/(?:var/)?tmp/", text), script.name
