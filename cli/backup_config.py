"""The configuration in a backup: complete but for its secrets."""

import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

from cli.backup_parts import CONFIG
from shared.config import Config, parse
from shared.config_files import PATH_VARIABLE
from shared.config_keys import decode
from shared.errors import BadInput
from shared.options import OPTIONS


def saved_config(archive: Path) -> bytes:
    """Return what config.json held; raises BadInput when the archive has none."""
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            stream = tar.extractfile(CONFIG)
            return stream.read() if stream else b"{}"
    except (tarfile.TarError, KeyError, OSError, EOFError):
        raise BadInput(f"{archive}: has no readable {CONFIG}") from None


def place_for(config: Path | None, environ: Mapping[str, str]) -> Path:
    """Return where a configuration is written that is not there yet."""
    named = environ.get(PATH_VARIABLE)
    return config or (Path(named) if named else Path(CONFIG))


def without_its_secrets(content: bytes, place: Path) -> Config:
    """Read such a configuration, to learn where its files are; raises ConfigError."""
    # Given again later; until then an example of each will do.
    stand_ins = {option.environment: str(option.example) for option in OPTIONS if option.secret}
    base = place.absolute().parent
    return parse(decode(content, place), {**os.environ, **stand_ins}, base=base)
