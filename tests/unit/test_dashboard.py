"""The page's own files fit together."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DASHBOARD = Path(__file__).parents[2] / "dashboard"
VENDORED = DASHBOARD / "vendor"
STATIC_IMPORT = re.compile(r'^(?:import|export) [^;]*?from "(\.[^"]+)"', re.MULTILINE)
INDEX = (DASHBOARD / "index.html").read_text()


def reached(script: Path, seen: set[Path]) -> Iterator[Path]:
    """Yield all that a module imports statically, directly or not."""
    for name in STATIC_IMPORT.findall(script.read_text()):
        imported = (script.parent / name).resolve()
        if imported not in seen:
            seen.add(imported)
            yield imported
            yield from reached(imported, seen)


def test_the_page_names_all_modules_it_begins_with() -> None:
    """So that a browser asks for them at once and not one import after another."""
    modules = reached(DASHBOARD / "js/app.js", set())
    preloaded = re.findall(r'rel="modulepreload" fetchpriority="low" href="([^"]+)"', INDEX)
    assert preloaded == sorted(str(module.relative_to(DASHBOARD)) for module in modules)


@pytest.mark.parametrize("script", sorted((DASHBOARD / "js").rglob("*.js")), ids=lambda p: p.name)
def test_each_import_leads_somewhere(script: Path) -> None:
    for name in STATIC_IMPORT.findall(script.read_text()):
        assert (script.parent / name).is_file(), name


def test_all_that_the_page_and_its_manifest_name_is_there() -> None:
    named = re.findall(r'(?:src|href)="([^#"]+)"', INDEX)
    manifest = json.loads((DASHBOARD / "manifest.webmanifest").read_text())
    named += [icon["src"] for icon in manifest["icons"]]
    documents = {"daily.json", "weekly.json", "monthly.json", "yearly.json", "site.json"}
    missing = {name for name in named if not (DASHBOARD / name).is_file()}
    assert missing <= documents


def test_nothing_is_written_in_the_page_that_the_strict_policy_forbids() -> None:
    for page in DASHBOARD.glob("*.html"):
        text = page.read_text()
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), page.name
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), page.name
    for script in (DASHBOARD / "js").rglob("*.js"):
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
        assert not re.search(forbidden, script.read_text()), script.name


def test_vendored_files_are_those_their_list_says() -> None:
    """Unchanged, each with its licence."""
    rows = re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})` \|$", _list(), re.MULTILINE)
    listed = dict(rows)
    scripts = set(VENDORED.rglob("*.js"))
    assert {VENDORED / name for name in listed} == scripts
    for name, digest in listed.items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest, name
        assert (VENDORED / name).parent.joinpath("LICENSE").is_file(), name


def test_each_library_says_the_same_of_its_version_and_licence() -> None:
    """In the list, in its folder's name, and in its own words where it has any."""
    rows = re.findall(
        r"^\| `([^`]+)` \| .* \| ([\d.]+) \| ([\w.-]+) \| `\w+` \|$", _list(), re.MULTILINE
    )
    assert len(rows) == len(list(VENDORED.glob("*/*.js")))
    words = {"MIT": "Permission is hereby granted, free of charge", "BSD-2-Clause": "BSD 2-Clause"}
    for name, version, licence in rows:
        folder = VENDORED / name.partition("/")[0]
        assert folder.name.endswith(f"-{version}"), name
        assert words[licence] in folder.joinpath("LICENSE").read_text(), name
        banner = re.match(r"/\*!.*? v([\d.]+)", (VENDORED / name).read_text(), re.DOTALL)
        assert banner is None or banner[1] == version, name


def _list() -> str:
    return (VENDORED / "README.md").read_text()
