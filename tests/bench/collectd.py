"""collectd doing our job: readings from a broker, consolidated by rrdtool, one file a metric.

It needs the packages collectd-core, librrd8 and libmosquitto1 (`rrdtool` reads the files).
"""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from support.wait import DEADLINE_S, wait_until

from bench.tools import executable, run
from shared.config import MqttConfig

_HOUSE, _PLUGIN, _TYPE = "house", "power", "power"  # how collectd names a value; types.db has it
_DAYS_S = tuple(86400 * days for days in (1, 7, 30, 365))  # what our four files cover
_ROWS = 1440  # at least that many points for each
_HEARTBEAT_STEPS = 2.5  # as ours


class Collectd:
    """One process that subscribes with a session and lets rrdtool write at once.

    By itself it has five `threads` that write; they overtake each other, and it refuses what they
    bring too late. `step_s` is how often readings come. rrdtool's values of every
    reading last `rows` steps. `start` raises Missing when collectd is not installed.
    """

    def __init__(
        self,
        directory: Path,
        broker: MqttConfig,
        *,
        user: str,
        password: str,
        step_s: int = 60,
        rows: int = _ROWS,
        heartbeat_s: int | None = None,
        threads: int = 1,
    ) -> None:
        self._directory = directory
        self._broker = broker
        self._login = user, password
        self._step_s, self._rows, self._threads = step_s, rows, threads
        self._heartbeat_s = heartbeat_s or round(_HEARTBEAT_STEPS * step_s)
        self._process: subprocess.Popen[bytes] | None = None
        self.topic = f"{broker.base_topic}/collectd/{_HOUSE}/{_PLUGIN}/{_TYPE}"
        self.file = directory / _HOUSE / _PLUGIN / f"{_TYPE}.rrd"

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process, "collectd is not running"
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it says that it is ready; it subscribes a moment later."""
        found = executable("collectd")
        self._directory.mkdir(parents=True, exist_ok=True)
        configuration = self._directory / "collectd.conf"
        configuration.write_text(self._configuration())
        configuration.chmod(0o600)
        log = self._directory / "log"
        log.write_bytes(b"")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [found, "-f", "-C", str(configuration)], stdout=output, stderr=output
            )
        wait_until(lambda: b"Initialization complete" in log.read_bytes(), what="collectd")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, cleanly or with SIGKILL, and wait until it is gone."""
        if self._process:
            self._process.send_signal(number)
            self._process.wait(DEADLINE_S)
            self._process = None

    def values(self, since: int, until: int) -> Iterator[tuple[int, float]]:
        """Yield (time, value) of each step in [since, until] that the file knows."""
        words = ["AVERAGE", "-r", str(self._step_s), "-s", str(since - self._step_s)]
        words += ["-e", str(until)]
        for line in run("rrdtool", "fetch", str(self.file), *words).splitlines()[2:]:
            time, value = line.split(":")
            if "nan" not in value and since <= int(time) <= until:
                yield int(time), float(value)

    def _configuration(self) -> str:
        user, password = self._login
        spans = "\n  ".join(f"RRATimespan {seconds}" for seconds in self._spans())
        return f"""
Hostname "{_HOUSE}"
FQDNLookup false
Interval {self._step_s}
BaseDir "{self._directory}"
PIDFile "{self._directory}/pid"
WriteThreads {self._threads}
LoadPlugin logfile
LoadPlugin mqtt
LoadPlugin rrdtool
<Plugin logfile>
  LogLevel "info"
  File "stderr"
</Plugin>
<Plugin mqtt>
  <Subscribe "house">
    Host "{self._broker.address}"
    Port {self._broker.port}
    User "{user}"
    Password "{password}"
    ClientId "collectd-{self._directory.name}"
    QoS 1
    CleanSession false
    Topic "{self.topic}"
  </Subscribe>
</Plugin>
<Plugin rrdtool>
  DataDir "{self._directory}"
  CreateFilesAsync false
  StepSize {self._step_s}
  HeartBeat {self._heartbeat_s}
  RRARows {self._rows}
  {spans}
</Plugin>
"""

    def _spans(self) -> list[int]:
        every = self._rows * self._step_s
        return [every, *(seconds for seconds in _DAYS_S if seconds > every)]


def payload(time: float, value: float) -> bytes:
    """Return a message of its text protocol."""
    return f"{time:.3f}:{value}".encode()
