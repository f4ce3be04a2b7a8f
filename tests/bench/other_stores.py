"""What others would take to keep readings: collectd, a script with SQLite, mosquitto_sub."""

import signal
import struct
import subprocess
import sys
from pathlib import Path

import orjson
from support.broker import WITNESS, Broker
from support.wait import DEADLINE_S

from bench import collectd
from bench.load import payload
from bench.stores import tail
from bench.subscriber import database
from bench.tools import executable
from shared.times import parse_timestamp

_HEAD_BYTES = 8 * 1024  # of an .rrd file: holds when it was last updated
_FOR_EVER_S = 10**6  # so that rrdtool fills a gap with the value after it, and each lost one shows


class _Process:
    """A process that gets our messages, and shows what it keeps where it keeps it."""

    def __init__(self, name: str, directory: Path, broker: Broker, start: float) -> None:
        directory.mkdir(parents=True)
        self.name = name
        self.topic = f"{broker.topics.reading}-for-{directory.name}"
        self._base = round(start)
        self._running: subprocess.Popen[bytes] | None = None

    def message(self, second: int) -> bytes:
        """Return the message that ours gets."""
        return payload(second, 1, start=self._base)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait until it is gone."""
        if self._running:
            self._running.send_signal(number)
            self._running.wait(DEADLINE_S)
            self._running = None


class Script(_Process):
    """A few lines with paho and SQLite in WAL mode: each reading is committed.

    By itself SQLite is `synchronous=FULL`, and paho has no session.
    """

    def __init__(
        self,
        directory: Path,
        broker: Broker,
        start: float,
        *,
        synchronous: str = "FULL",
        session: bool = True,
    ) -> None:
        about = "" if session else ", no session"
        super().__init__(f"paho and SQLite, {synchronous}{about}", directory, broker, start)
        path = str(directory / "readings.sqlite")
        self._reader = database(path, synchronous)
        words = [str(broker.port), WITNESS, WITNESS, self.topic, path, synchronous]
        self._words = [*words, directory.name] if session else words

    def start(self) -> None:
        """Start the process."""
        self._running = subprocess.Popen([sys.executable, "-m", "bench.subscriber", *self._words])

    def has(self, second: int) -> bool:
        """Ask the database."""
        asked = "SELECT 1 FROM readings WHERE time = ?"
        return self._reader.execute(asked, (self._base + second,)).fetchone() is not None

    shows = has

    def kept(self) -> set[int]:
        """Ask the database."""
        found = self._reader.execute("SELECT time FROM readings")
        return {time - self._base for (time,) in found}


class Lines(_Process):
    """mosquitto_sub with a session, appending to a file that nobody syncs."""

    def __init__(self, directory: Path, broker: Broker, start: float) -> None:
        super().__init__("mosquitto_sub into a file", directory, broker, start)
        login = ["-p", str(broker.port), "-u", WITNESS, "-P", WITNESS]
        session = ["-i", directory.name, "-c", "-q", "1"]
        self._command = [executable("mosquitto_sub"), *login, *session, "-t", self.topic]
        self._path = directory / "readings.jsonl"

    def start(self) -> None:
        """Start the process."""
        with self._path.open("ab") as file:
            self._running = subprocess.Popen(self._command, stdout=file)

    def has(self, second: int) -> bool:
        """Look at the end of the file."""
        return self.message(second)[:40] in tail(self._path)  # which holds the timestamp

    shows = has

    def kept(self) -> set[int]:
        """Read the whole lines of the file."""
        kept = set()
        for line in self._path.read_bytes().splitlines():
            try:
                kept.add(round(parse_timestamp(orjson.loads(line)["timestamp"])) - self._base)
            except orjson.JSONDecodeError:
                continue  # torn
        return kept


class Collectd:
    """collectd with rrdtool, at a reading a second; a reading's value is its number.

    By itself collectd has five threads that write.
    """

    def __init__(
        self, directory: Path, broker: Broker, start: float, readings: int, threads: int = 1
    ) -> None:
        self.name = f"collectd with rrdtool, {'one thread' if threads == 1 else 'as it comes'}"
        self._base, self._readings = round(start), readings
        self._collectd = collectd.Collectd(
            directory,
            broker.settings,
            user=WITNESS,
            password=WITNESS,
            step_s=1,
            rows=readings,
            heartbeat_s=_FOR_EVER_S,
            threads=threads,
        )
        self.topic = self._collectd.topic
        executable("rrdtool")

    def start(self) -> None:
        """Start the process."""
        self._collectd.start()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait until it is gone."""
        self._collectd.stop(number)

    def message(self, second: int) -> bytes:
        """Return a reading in collectd's words."""
        return collectd.payload(self._base + second, second)

    def has(self, second: int) -> bool:
        """Look at when the file was last updated."""
        try:
            with self._collectd.file.open("rb") as file:
                return struct.pack("=q", self._base + second) in file.read(_HEAD_BYTES)
        except FileNotFoundError:
            return False

    shows = has

    def kept(self) -> set[int]:
        """Return those whose own value is there, not that of the one after a gap."""
        values = self._collectd.values(self._base, self._base + self._readings)
        return {time - self._base for time, value in values if round(value) == time - self._base}
