"""What an installation gets is what was pinned: pip itself, called as install.sh calls it."""

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# The very lines of the installer.
CALL = """set -eu
. "$ROOT/deploy/lib/release.sh"
environment=$ENVIRONMENT
install_packages "$1"
"""
Install = Callable[[str], "subprocess.CompletedProcess[str]"]


def make_wheel(directory: Path, version: str) -> str:
    """Make a package that can be installed; return its hash."""
    file = directory / f"toy-{version}-py3-none-any.whl"
    info = f"toy-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("toy.py", f"VERSION = '{version}'\n")
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def make_source(directory: Path, tmp_path: Path) -> str:
    """Make a package whose installation runs what its author likes; return its hash."""
    project = tmp_path / "toy-3.0"
    project.mkdir()
    (project / "setup.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    (project / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 3.0\n")
    file = directory / "toy-3.0.tar.gz"
    with tarfile.open(file, "w:gz") as source:
        source.add(project, "toy-3.0")
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Return the directory from which pip takes packages here."""
    directory = tmp_path / "packages"
    directory.mkdir()
    return directory


@pytest.fixture
def install(tmp_path: Path, packages: Path) -> Install:
    """Return what installs the requirements of a text into an empty directory."""
    environment = {
        **os.environ,
        "ROOT": str(ROOT),
        "ENVIRONMENT": sys.prefix,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(packages),
        "PIP_TARGET": str(tmp_path / "installed"),
        "PIP_CONFIG_FILE": os.devnull,
    }

    def call(text: str) -> "subprocess.CompletedProcess[str]":
        file = tmp_path / "requirements.txt"
        file.write_text(text)
        return subprocess.run(
            ["/bin/sh", "-c", CALL, "sh", str(file)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

    return call


def test_a_package_with_its_hash_is_installed(
    install: Install, packages: Path, tmp_path: Path
) -> None:
    """Otherwise the refusals below prove nothing."""
    digest = make_wheel(packages, "1.0")
    done = install(f"toy==1.0 --hash=sha256:{digest}\n")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "installed" / "toy.py").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"toy==1.0 --hash=sha256:{'0' * 64}", "DO NOT MATCH THE HASHES"),
        ("toy==1.0", "Hashes are required"),
        ("toy --hash=sha256:@", "pinned with =="),
    ],
    ids=["wrong hash", "no hash", "no version"],
)
def test_a_package_that_is_not_the_one_that_was_pinned_is_refused(
    install: Install, packages: Path, tmp_path: Path, line: str, said: str
) -> None:
    """A package index, or who sits in front of it, can't slip anything in."""
    digest = make_wheel(packages, "1.0")
    done = install(line.replace("@", digest) + "\n")
    assert done.returncode != 0
    assert said in done.stderr
    assert not (tmp_path / "installed" / "toy.py").exists()


def test_nothing_of_a_package_runs_while_it_is_installed(
    install: Install, packages: Path, tmp_path: Path
) -> None:
    """Only ready-made wheels are taken: a source package would run its setup.py as root."""
    digest = make_source(packages, tmp_path)
    done = install(f"toy==3.0 --hash=sha256:{digest}\n")
    assert done.returncode != 0
    assert not (tmp_path / "ran").exists()
