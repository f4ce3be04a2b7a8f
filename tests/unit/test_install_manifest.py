"""What the command line learns of an installation from its manifest."""

from pathlib import Path

import pytest

from cli.install.manifest import is_installed, lacks_unit

STATE = Path("/var/lib/power-monitor")
SYSTEMD = "unit /etc/systemd/system/power-monitor"


@pytest.mark.parametrize(
    ("units", "lacking"),
    [
        (f"{SYSTEMD}-collector.service\n{SYSTEMD}-aggregator.service", True),
        (f"{SYSTEMD}-syncer.service", False),
        (f"{SYSTEMD}.service", False),
        ("unit /etc/init.d/power-monitor.collector", True),
        ("unit /etc/init.d/power-monitor.syncer", False),
        ("unit /etc/init.d/power-monitor", False),
    ],
)
def test_a_service_added_since_the_installation_has_nothing_that_starts_it(
    tmp_path: Path,
    units: str,
    lacking: bool,  # noqa: FBT001 - a parameter
) -> None:
    manifest = tmp_path / "manifest"
    manifest.write_text(f"state {STATE}\n{units}\n")
    assert lacks_unit(STATE, "syncer", manifest) is lacking


def test_a_monitor_of_a_checkout_is_no_installation(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest"
    assert not is_installed(STATE, manifest)
    manifest.write_text(f"state {STATE}\n")
    assert not lacks_unit(Path("/home/me/var/state"), "syncer", manifest)
