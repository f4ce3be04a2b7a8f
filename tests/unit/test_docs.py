"""The documents for people: links lead somewhere, and names are those of the code."""

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cli.__main__ import make_parser
from cli.broker_users import USERS
from cli.commands.table import COMMANDS
from services.aggregator.tiers import ROLLED_UP
from shared.reading import HEARTBEAT_INTERVALS
from shared.topics import SERVICES, TIERS, Topics

ROOT = Path(__file__).parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
IGNORED = ("http://", "https://", "mailto:")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.conf)`")
NAMED = re.compile(r"`([\w./-]+\.py)`: ((?:`[\w.]+`(?:, )?)+)")
COMMANDS_PAGES = (
    "README.md",
    "docs/operations.md",
    "docs/quick-reference.md",
    "docs/troubleshooting.md",
    "docs/faq.md",
)
TOPIC = re.compile(r"(?<!/)power-monitor/[\w<>+#/-]+")


def text(page: str) -> str:
    """Return a page."""
    return (ROOT / page).read_text()


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", CODE_BLOCK.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE_BLOCK.sub("", page.read_text())):
        if link.startswith(IGNORED):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_no_page_names_a_path_of_one_machine() -> None:
    for page in PAGES:
        assert not re.search(r"(^|[\s`(])/(work|home|root|tmp)/", page.read_text()), page


# Topics and commands


def test_every_topic_is_in_messages() -> None:
    topics = Topics("power-monitor")
    said = text("docs/messages.md")
    names = [topics.reading, topics.live, topics.summary]
    names += [topics.maintenance, topics.maintenance_request]
    names += [topics.maintenance_response, topics.responses, topics.file_updated("<tier>")]
    names += [topics.availability("<service>"), topics.health("<service>")]
    names += [topics.log("<service>"), topics.alert("<name>")]
    names += [topics.request("<service>", "<command>"), topics.response("<service>", "<command>")]
    for name in names:
        assert f"`{name}`" in said, name


def test_messages_names_no_topic_that_is_not_there() -> None:
    """Each topic in docs/messages.md and the README has the shape of one in docs/asyncapi.yaml."""
    channels = (ROOT / "docs/asyncapi.yaml").read_text()
    addresses = re.findall(r"address: '\{base\}/([^']+)'", channels)
    shapes = [re.sub(r"\{\w+\}", r"[\\w<>+]+", address) for address in addresses]
    shapes += ["#", "request/#", "request/<service>/<command>", "response/<service>/<command>"]
    shapes += ["response/(me)?"]
    for page in ("README.md", "docs/messages.md", "docs/operations.md"):
        for topic in TOPIC.findall(text(page)):
            name = topic.removeprefix("power-monitor/")
            assert any(re.fullmatch(shape, name) for shape in shapes), (page, topic)


def test_every_command_is_in_the_readme_or_the_docs() -> None:
    said = "".join(page.read_text() for page in PAGES)
    for command in COMMANDS:
        assert f"power-monitor {command}" in said, command


def test_every_line_of_the_quick_reference_is_understood() -> None:
    """Each is parsed by the command line itself; the scripts it names are there."""
    said = text("docs/quick-reference.md")
    lines = re.findall(r"`power-monitor ([a-z][^`]*)`", said)
    assert {line.split()[0] for line in lines} == set(COMMANDS) - {"run"}
    for line in lines:
        words = shlex.split(line)
        make_parser(words).parse_args(words)
    for script in re.findall(r"(deploy/\w+\.sh|scripts/\w+)", said):
        assert (ROOT / script).is_file(), script


def test_every_broker_user_is_in_messages() -> None:
    for user in USERS:
        assert f"`{user}`" in text("docs/messages.md"), user


def test_no_page_names_a_command_that_is_not_there() -> None:
    for page in (*COMMANDS_PAGES, "docs/messages.md", "CONTRIBUTING.md"):
        for command in re.findall(r"`(?:\.venv/bin/)?power-monitor ([a-z]+)", text(page)):
            assert command in COMMANDS, (page, command)


def test_every_file_is_described() -> None:
    for tier in TIERS:
        for page in ("README.md", "docs/files.md"):
            assert f"`{tier}.json`" in text(page)


def test_the_times_and_spans_of_the_files_are_those_of_the_code() -> None:
    said = text("docs/files.md")
    for tier in ROLLED_UP:
        row = next(line for line in said.splitlines() if line.startswith(f"| `{tier.name}.json` "))
        assert f" {tier.days} " in row
        assert f"00:{tier.due_s // 60:02.0f}" in row
    rules = " ".join(text("docs/how-energy-is-counted.md").split())
    assert f"**heartbeat**: {HEARTBEAT_INTERVALS:g} times" in rules


# Names of the code


def paths_in(page: str) -> Iterator[str]:
    """Yield what looks like a path of the tree in a page's prose."""
    yield from PATH.findall(CODE_BLOCK.sub("", text(page)))


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_each_path_exists(page: str) -> None:
    missing = [path for path in paths_in(page) if path != "var/" and not (ROOT / path).exists()]
    assert missing == []


def test_the_tree_is_the_tree() -> None:
    block = text("ARCHITECTURE.md").split("## The tree")[1].split("```")[1]
    named = [line.split()[0] for line in block.strip().splitlines()]
    assert [name for name in named if not (ROOT / name).is_dir()] == []


@cache
def defined(path: str) -> frozenset[str]:
    """Return the names a module defines: functions, classes, Class.method, constants."""
    names = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        names |= _names(node)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for member in node.body for name in _names(member)}
    return frozenset(names)


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def test_each_place_to_start_is_there() -> None:
    """The table "Looking to change X?" names functions and classes that exist."""
    found = NAMED.findall(text("ARCHITECTURE.md"))
    assert len(found) > len(SERVICES)
    for path, names in found:
        for name in re.findall(r"`([\w.]+)`", names):
            assert name in defined(path), (path, name)


def test_the_life_of_a_reading_names_what_exists() -> None:
    """Every `Class.method` and `function` in the prose is defined somewhere in the tree."""
    life = text("ARCHITECTURE.md").split("## Life of a reading")[1].split("## Looking")[0]
    everywhere: set[str] = set()
    for folder in ("services", "shared", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            everywhere |= defined(str(path.relative_to(ROOT)))
    for name in re.findall(r"`([A-Z]\w+(?:\.\w+)?|[a-z]+_\w+)`", life):
        assert name in everywhere, name


def test_each_decision_has_a_number_and_a_title() -> None:
    for path in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        assert path.read_text().startswith(f"# {path.name[:4]} "), path.name
