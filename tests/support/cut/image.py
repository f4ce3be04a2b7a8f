"""A small ext4 in a file, which is copied while it is mounted as a power cut would leave it."""

from pathlib import Path

from support.mounts import run

_BYTES = 32 << 20


def make_image(image: Path) -> None:
    """Make an empty file system."""
    with image.open("wb") as file:
        file.truncate(_BYTES)
    run("mkfs.ext4", "-q", "-J", "size=4", str(image))


def cut(image: Path, copy: Path) -> None:
    """Copy an image that is mounted and written to, as it is at one moment."""
    seen = b""
    while (content := image.read_bytes()) != seen:
        seen = content  # something reached the disk while it was read: no single moment
    copy.write_bytes(content)
    run("fallocate", "--dig-holes", str(copy))
