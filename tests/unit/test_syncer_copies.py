"""What a fetch keeps of how things were before."""

from pathlib import Path

from services.syncer.copies import Copies
from services.syncer.local import Local
from shared.times import Zone


def test_the_last_five_copies_are_kept(tmp_path: Path) -> None:
    local = Local(tmp_path / "data", tmp_path / "state", Zone("UTC"))
    local.data.mkdir()
    local.book.mkdir(parents=True)
    (local.data / "monthly.json").write_bytes(b"{}")
    (local.book / "2026.json").write_bytes(b"[]")
    copies = Copies(local, tmp_path / "before")
    kept = [copies.keep(60.0 * minute) for minute in range(8)]
    assert sorted((tmp_path / "before").iterdir()) == kept[-5:]
    assert (kept[-1] / "monthly.json").read_bytes() == b"{}"
    assert (kept[-1] / "book" / "2026.json").read_bytes() == b"[]"
