"""What systemd itself says of the units, without running them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
WORST_EXPOSURE = 2.0  # systemd's own measure, 10 is a service without any limits
# They listen or call others, another user serves their files, and they use the machine's own
# programs. Of a list of addresses systemd says nothing here; devices are closed to them altogether.
OPENINGS = {
    "DeviceAllow",
    "IPAddressDeny",
    "PrivateMounts",
    "PrivateNetwork",
    "RestrictAddressFamilies_AF_INET_INET6",
    "RestrictAddressFamilies_AF_UNIX",
    "RootDirectoryOrRootImage",
    "UMask",
}
MORE_OPENINGS = {
    "power-monitor-web.service": {"MemoryDenyWriteExecute"},  # regular expressions are compiled
    "power-monitor.service": {"MemoryDenyWriteExecute", "ProcSubset"},
}
STATE, DATA = "/var/lib/power-monitor", "/var/www/html"
WRITES = {
    "power-monitor-aggregator.service": f"{STATE} {DATA}",
    "power-monitor-broker.service": STATE,
    "power-monitor-collector.service": f"{STATE}/collector",
    "power-monitor-syncer.service": f"{STATE}/syncer",
    "power-monitor-web.service": f"{STATE}/run",
    "power-monitor.service": f"{STATE} {DATA}",
}
PROGRAMS = ("python", "power-monitor")

pytestmark = pytest.mark.skipif(
    Path("/etc/alpine-release").exists(), reason="systemd does not exist for Alpine"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Lay the units out as install.sh does, with programs that only exist."""
    system = tmp_path / "etc/systemd/system"
    shutil.copytree(UNITS, system)
    shutil.copytree(system / "power-monitor-.service.d", system / "power-monitor.service.d")
    programs = tmp_path / "opt/power-monitor/current/venv/bin"
    programs.mkdir(parents=True)
    for program in PROGRAMS:
        (programs / program).touch(mode=0o755)
    for target in ("network", "time-sync", "multi-user", "basic", "sysinit", "shutdown"):
        (system / f"{target}.target").write_text("[Unit]\n")
    return tmp_path


def analyze(root: Path, *words: str) -> str:
    """Return what systemd-analyze prints."""
    command = ["systemd-analyze", f"--root={root}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_systemd_finds_nothing_wrong(root: Path, service: str) -> None:
    said = analyze(root, "verify", "--man=no", service)
    assert "power-monitor" not in said, said


def test_systemd_would_find_a_mistake(root: Path) -> None:
    """Otherwise the test above proves nothing."""
    unit = root / "etc/systemd/system" / SERVICES[0]
    unit.write_text(unit.read_text().replace("[Service]", "[Service]\nRestrat=always"))
    assert "Restrat" in analyze(root, "verify", "--man=no", unit.name)


@pytest.mark.parametrize("service", SERVICES)
def test_no_wall_of_a_service_has_another_opening(root: Path, service: str) -> None:
    """The sum alone would let one fall: each of systemd's some eighty is up, but for these."""
    said = json.loads(analyze(root, "security", "--offline=true", "--json=short", service))
    down = {one["json_field"] for one in said if one["set"] is False}
    assert len(said) > 70
    assert down == OPENINGS | MORE_OPENINGS.get(service, set())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_only_where_it_must(root: Path, service: str) -> None:
    unit = (root / "etc/systemd/system" / service).read_text()
    paths = re.findall(r"^ReadWritePaths=(.*)$", unit, re.MULTILINE)
    assert paths == [WRITES[service]]


def test_the_broker_talks_to_this_machine_only(root: Path) -> None:
    unit = (root / "etc/systemd/system/power-monitor-broker.service").read_text()
    assert "\nIPAddressDeny=any\nIPAddressAllow=localhost\n" in unit


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_exposed_as_little_as_we_promise(root: Path, service: str) -> None:
    said = analyze(root, "security", "--offline=true", "--no-pager", service)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= WORST_EXPOSURE, said
