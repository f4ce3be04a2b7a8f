"""A real lighttpd with our generated configuration, through the code that `run` uses."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

from cli.run import ports
from cli.run.broker import LOCAL
from cli.run.places import RunPlaces, executable, make_private, write_private
from cli.run.web import NAME, OwnWeb
from shared.config import parse
from support.broker import Broker
from support.wait import DEADLINE_S, wait_until


class Web:
    """One web server process in front of a data directory and, if given, a broker."""

    def __init__(self, directory: Path, broker: Broker | None = None, **config: Any) -> None:
        """Use `data` and `volatile` below a directory; `config` has sections of config.json."""
        state = directory / "web-state"
        paths = {
            "data_dir": str(directory / "data"),
            "volatile_dir": str(directory / "volatile"),
            **config.pop("paths", {}),
            "state_dir": str(state),
        }
        self.data, self.volatile = Path(paths["data_dir"]), Path(paths["volatile_dir"])
        for made in (self.data, self.volatile, make_private(RunPlaces(state).run)):
            made.mkdir(exist_ok=True)
        home_assistant = {
            "url": "http://127.0.0.1",
            "token": "t",
            "entities": {"power": "sensor.p"},
        }
        sections = {
            "home_assistant": home_assistant,
            "timezone": "Europe/Berlin",
            **config,
            "paths": paths,
        }
        parsed = parse(sections, {})
        if broker:
            parsed = replace(parsed, mqtt=replace(parsed.mqtt, base_topic=broker.topics.base))
        found = executable("lighttpd")
        assert found, "lighttpd is not installed: scripts/test installs it"
        self._places = RunPlaces(state)
        self._log = directory / "lighttpd.log"
        self.own = OwnWeb(parsed, self._places, found, broker=broker.own if broker else None)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.own.url

    @property
    def pid(self) -> int:
        """The process, once it was started."""
        assert self._process
        return self._process.pid

    def put(self, tier: str, document: dict[str, Any] | str | bytes) -> None:
        """Replace a tier file as the aggregator does; text and bytes are written as they are."""
        content = json.dumps(document) if isinstance(document, dict) else document
        file = (self.volatile if tier == "daily" else self.data) / f"{tier}.json"
        temporary = file.with_suffix(".new")
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
        temporary.replace(file)

    def remove(self, tier: str) -> None:
        """Take a tier file away."""
        ((self.volatile if tier == "daily" else self.data) / f"{tier}.json").unlink()

    @property
    def site(self) -> dict[str, Any]:
        """What site.json says."""
        told: dict[str, Any] = json.loads((self._places.site / "site.json").read_bytes())
        return told

    def tell(self, **changes: Any) -> None:
        """Change keys of site.json, until the next start."""
        write_private(self._places.site / "site.json", json.dumps({**self.site, **changes}))

    def start(self) -> None:
        """Start it and wait until it answers."""
        # Not the favourite port: tests run side by side and would fight for it.
        ports.remember(self._places.ports, NAME, self.own.port or ports.choose(LOCAL, None))
        self.own.prepare(0)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self.own.arguments, stderr=log)
        wait_until(lambda: self._is_ready(self._process), what="lighttpd answering")

    def _is_ready(self, process: subprocess.Popen[bytes] | None) -> bool:
        """Whether it answers; AssertionError with what it said when it has ended."""
        ended = process is None or process.poll() is not None
        assert not ended, self._log.read_text()
        return self.own.is_ready()

    def stop(self) -> None:
        """End it."""
        if self._process:
            self._process.terminate()
            self._process.wait(DEADLINE_S)
            self._process = None
