"""Decoders of what a person brings along: another program's files, and backups."""

import gzip
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from cli.backup_read import read_backup
from cli.backup_write import write_backup
from cli.importing.source import Source
from cli.importing.table import Column, TableOptions
from fuzz.decoder import Decoder, Feed
from fuzz.documents import UNIT
from shared.config import PathsConfig

_OLD = UNIT / "old"
_HOUSEHOLD = TableOptions(
    columns={"power": Column("Global_active_power", "kW"), "voltage": Column("Voltage")},
    time_format="%d/%m/%Y %H:%M:%S",
)
_TABLE = b"timestamp,power [W]\n2025-12-01 10:00:00,412.5\n2025-12-01 10:10:00,unavailable\n"


def _open_old(name: str, options: TableOptions) -> Callable[[Path], Feed]:
    def opened(directory: Path) -> Feed:
        path = directory / name

        def feed(content: bytes) -> None:
            path.write_bytes(content)
            for _ in Source(path, options, lambda _: None).points():
                pass

        return feed

    return opened


def _open_backup(directory: Path) -> Feed:
    path, target = directory / "backup.tar.gz", directory / "there"

    def feed(content: bytes) -> None:
        path.write_bytes(content)
        with path.open("rb") as file:
            read_backup(path, file, target)

    return feed


def _backup() -> bytes:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        book = directory / "state" / "book"
        book.mkdir(parents=True)
        (book / "2026.json").write_bytes(b"{}")
        os.utime(book / "2026.json", (0, 0))  # the same seed makes the same inputs
        paths = PathsConfig(directory, directory, directory / "state")
        write_backup(directory / "x", paths, b"{}", made="2026", tell=lambda _: None)
        return gzip.compress(gzip.decompress((directory / "x").read_bytes()), mtime=0)


DECODERS = (
    Decoder(
        "old-file",
        [path.read_bytes() for path in sorted(_OLD.glob("*.json"))],
        _open_old("old.json", TableOptions()),
        share=60,
    ),
    Decoder("old-table", [_TABLE], _open_old("old.csv", TableOptions()), share=20),
    Decoder(
        "old-table-described",
        [(_OLD / "household.csv").read_bytes()],
        _open_old("old.csv", _HOUSEHOLD),
        share=20,
    ),
    Decoder("backup", [_backup()], _open_backup, share=20),
)
