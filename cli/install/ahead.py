"""What can be said before anything is changed: whether a configuration and an address will do.

`python -m cli.install.ahead config FILE` prints the configuration as an installation keeps it,
`python -m cli.install.ahead serving ADDRESS PORT` prints nothing. Both end with an error when it
can't be so. The system's own Python is enough: no package has to be there.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.complain import complain
from cli.install.paths import HOME, MANIFEST, USUAL, fit, require_own
from cli.run import ports
from shared.config import Config, parse
from shared.config_keys import decode
from shared.errors import BadInput, ConfigError, MonitorError, Refused


def config(content: bytes, name: str, *, manifest: str = "") -> str:
    """Return a new installation's config.json: as given, with daily.json on a tmpfs.

    Raises MonitorError with all its mistakes, and for directories an installation can't have. A
    state directory that the manifest names was looked at when it was new.
    """
    raw = decode(content, Path(name))
    if not isinstance(raw, dict):
        raise BadInput(f"{name}: must be a JSON object")
    paths = raw.setdefault("paths", {})
    if isinstance(paths, dict):
        paths.setdefault("volatile_dir", str(USUAL.volatile_dir))
    try:
        chosen = parse(raw, {}, base=HOME)
    except ConfigError as error:
        raise ConfigError(str(error), hint=f"edit {name}; {error.hint}") from None
    for path in _directories(chosen):
        fit(path)
    if f"state {chosen.paths.state_dir}" not in manifest.splitlines():
        require_own(chosen.paths.state_dir)
    return json.dumps(raw, indent=2, ensure_ascii=False) + "\n"


def _directories(chosen: Config) -> tuple[Path, ...]:
    paths = chosen.paths
    more = (chosen.mqtt.credentials_dir, chosen.remote.path if chosen.remote else None)
    return (paths.state_dir, paths.data_dir, paths.volatile_dir, *filter(None, more))


def serving(address: str, port: int) -> None:
    """Raise Refused when no server could listen there; port 0 asks for the address alone."""
    trouble = ports.trouble(address, port)
    if trouble:
        raise Refused(f"the page can't be served there: {trouble}", hint="--listen, --port")


def main(words: Sequence[str]) -> int:
    """Carry out one word."""
    match list(words):
        case ["config", file]:
            manifest = MANIFEST.read_text() if MANIFEST.exists() else ""
            sys.stdout.write(config(Path(file).read_bytes(), file, manifest=manifest))
        case ["serving", address, port]:
            serving(address, int(port))
        case _:
            raise Refused("config FILE, or serving ADDRESS PORT")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MonitorError as error:
        sys.exit(complain(error))
