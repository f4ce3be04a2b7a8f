"""What the package index that pip uses knows of advisories: `vulnerabilities` in its JSON."""

import os
import re
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

_TIMEOUT_S = 10
_WIDE = "2000"  # columns, so that pip breaks no address
_DEFAULT = re.compile(r"--index-url .*?\(default\s+(https?://[^\s)]+)\)", re.DOTALL)


class NoData(Exception):
    """The advisories can't be had; says why."""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One published weakness of one version."""

    package: str
    version: str
    names: Sequence[str]  # its own id first, then the others it is known by
    mended_in: Sequence[str]

    def __str__(self) -> str:
        """Say what a person needs to look it up and to act."""
        cure = f"mended in {', '.join(self.mended_in)}" if self.mended_in else "not mended"
        return f"{self.package} {self.version}: {', '.join(self.names)}; {cure}"


class Index:
    """One package index, asked over HTTP."""

    def __init__(self, simple_url: str) -> None:
        self._root = simple_url.rstrip("/").removesuffix("/simple")
        self._trusted = os.environ.get("PIP_CERT") or ssl.get_default_verify_paths().cafile or True

    def advisories(self, package: str, version: str) -> list[Advisory]:
        """Return what is published against a version; NoData where that can't be known."""
        told = self._get(f"{package}/{version}") or self._newest(package, version)
        if not isinstance(told.get("vulnerabilities"), list):
            raise NoData(f"the index tells nothing about {package} {version}")
        standing = [one for one in told["vulnerabilities"] if not one.get("withdrawn")]
        found = [_advisory(package, version, one) for one in standing]
        return list({frozenset(one.names): one for one in found}.values())  # told by each archive

    def _newest(self, package: str, version: str) -> dict[str, Any]:
        """Return what is told about a package without a version: it is about its newest one."""
        told = self._get(package) or {}
        return told if told.get("info", {}).get("version") == version else {}

    def _get(self, what: str) -> dict[str, Any] | None:
        """Return a document, None when there is none."""
        url = f"{self._root}/pypi/{what}/json"
        try:
            answer = requests.get(url, timeout=_TIMEOUT_S, verify=self._trusted)
            if answer.status_code == requests.codes.not_found:
                return None
            answer.raise_for_status()
            told = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise NoData(f"the index does not answer: {type(error).__name__}") from None
        return told if isinstance(told, dict) else None


def _advisory(package: str, version: str, told: dict[str, Any]) -> Advisory:
    names = dict.fromkeys([told["id"], *(told.get("aliases") or ())])
    return Advisory(package, version, tuple(names), tuple(told.get("fixed_in") or ()))


def of_pip() -> Index:
    """Return the index that pip is configured to use here."""
    if named := os.environ.get("PIP_INDEX_URL"):
        return Index(named)
    command = [sys.executable, "-m", "pip", "install", "--help"]
    environment = {**os.environ, "COLUMNS": _WIDE}
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = _DEFAULT.search(said.stdout)
    if not found:
        raise NoData("pip names no index")
    return Index(found[1])
