"""The import rules of the design, read from the sources: what may know of what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "shared", "cli", "demo")
SERVICES = ("collector", "aggregator", "syncer")

# Modules of numbers and values alone: the same input gives the same output, whatever the hour.
PURE_OF = {
    "shared": (
        "alerts backoff book_file bucket checksum documents energy errors fields messages numbers "
        "reading remembered sources tariff times topics units"
    ),
    "services.aggregator": (
        "consolidate corrections cost discovery gaps merge meter resolve scan tiers today units"
    ),
    "services.aggregator.alerts": (
        "alert body conditions dark events mains memory peers supply wording"
    ),
    "services.collector": (
        "assemble derive heard history metrics payload schedule spans states ticks"
    ),
    "services.syncer": "due holding migrate plan remote",
    "cli.importing": "cover elements meter_judge points spacing stamps table",
}
PURE = [f"{package}.{name}" for package, names in PURE_OF.items() for name in names.split()]
IMPURE = {
    *("paho", "requests", "urllib3", "http", "socket", "ssl", "asyncio", "threading"),
    *("logging", "time", "random", "secrets", "uuid", "os", "io", "sys", "pathlib", "shutil"),
    *("tempfile", "fcntl", "subprocess", "signal", "gzip", "sqlite3"),
}
HEAVY = {"asyncio", "argparse", "email", "http.server", "unittest", "pandas", "numpy", "hypothesis"}


def sources() -> dict[str, Path]:
    """Return dotted name -> file of every module of ours."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


SOURCES = sources()


def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"))


def imports(module: str) -> Iterator[str]:
    """Yield the dotted name of all a module imports, wherever in it."""
    package = module if SOURCES[module].name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield whole if whole in SOURCES else base


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_the_tree_is_read() -> None:
    assert set(PURE) <= set(SOURCES)
    assert {f"services.{service}" for service in SERVICES} <= set(SOURCES)
    assert "shared.times" in set(imports("services.aggregator.history"))
    assert "shared.clock" in set(imports("services.aggregator.worker"))  # `from shared import ...`


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_knows_another(service: str) -> None:
    others = [f"services.{other}" for other in SERVICES if other != service]
    wrong = [
        (module, name)
        for module in SOURCES
        if within(module, f"services.{service}")
        for name in imports(module)
        if any(within(name, other) for other in (*others, "cli", "demo"))
    ]
    assert wrong == []


def test_shared_knows_nobody() -> None:
    wrong = [
        (module, name)
        for module in SOURCES
        if within(module, "shared")
        for name in imports(module)
        if any(within(name, other) for other in ("services", "cli", "demo"))
    ]
    assert wrong == []


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_reaches_no_network_no_file_and_no_clock(module: str) -> None:
    for name in imports(module):
        assert name.partition(".")[0] not in IMPURE, name
        ours = name.partition(".")[0] in PACKAGES
        assert not ours or name in PURE, f"{name} is not on the list of pure modules"
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            assert name not in {"open", "print", "input", "now", "utcnow", "today"}, name


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_every_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(tree(module)), "a docstring of one sentence is missing"


@pytest.mark.parametrize(
    "module", [module for module in sorted(SOURCES) if within(module, "services")]
)
def test_resident_services_import_nothing_heavy(module: str) -> None:
    """Each of these costs megabytes on a board that has 256."""
    assert not set(imports(module)) & HEAVY


def test_nothing_is_made_in_two_modules_that_import_each_other() -> None:
    """No cycle among our modules: the layers have an order."""
    graph = {module: {n for n in imports(module) if n in SOURCES} for module in SOURCES}
    done: set[str] = set()
    path: list[str] = []

    def visit(module: str) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module not in done:
            path.append(module)
            for name in sorted(graph[module]):
                visit(name)
            done.add(path.pop())

    for module in sorted(graph):
        visit(module)
