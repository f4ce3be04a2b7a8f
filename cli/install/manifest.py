"""What an installation's manifest says to the command line; anybody may read it."""

from pathlib import Path

from cli.install.paths import HOME, MANIFEST

INSTALLER = HOME / "current" / "deploy" / "install.sh"
_WHOLE = ("power-monitor.service", "power-monitor")


def is_installed(state: Path, manifest: Path = MANIFEST) -> bool:
    """Whether this is the state directory of an installation."""
    return f"state {state}" in _lines(manifest)


def lacks_unit(state: Path, part: str, manifest: Path = MANIFEST) -> bool:
    """Whether an installation has nothing that would start one part of it."""
    names = {*_WHOLE, f"power-monitor-{part}.service", f"power-monitor.{part}"}
    units = {line.rpartition("/")[2] for line in _lines(manifest) if line.startswith("unit ")}
    return is_installed(state, manifest) and not names & units


def _lines(manifest: Path) -> list[str]:
    try:
        return manifest.read_text().splitlines()
    except OSError:
        return []
