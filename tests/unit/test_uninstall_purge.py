"""What `uninstall.sh --purge` deletes of data: our own names, and nothing that lies beside them."""

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = (ROOT / "deploy" / "state-names").read_text().split()
LIBRARY = (
    '. "$ROOT/scripts/lib.sh"; . "$ROOT/deploy/lib/common.sh"; . "$ROOT/deploy/lib/removal.sh"'
)


def shell(line: str, home: Path) -> str:
    """Run a line after the libraries, with `home` in place of /opt/power-monitor."""
    places = f"HOME_DIR={home}; CONFIG=$HOME_DIR/config.json; MANIFEST=$HOME_DIR/manifest"
    done = subprocess.run(
        ["/bin/sh", "-euc", f"{LIBRARY}; {places}; {line}"],
        env={"ROOT": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fill(directory: Path, *names: str) -> None:
    """Make files; a name that ends in a slash is a directory with something in it."""
    for name in names:
        path = directory / name / "within" if name.endswith("/") else directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("something")


def left(directory: Path) -> set[str]:
    """Return what lies in a directory."""
    return {path.name for path in directory.iterdir()}


@pytest.fixture(name="home")
def a_home(tmp_path: Path) -> Path:
    """Make an installation's own directory."""
    home = tmp_path / "opt"
    fill(home, "releases/", "serving", "migrated", "config.json", "backups/")
    (home / "manifest").write_text("")
    return home


def note(home: Path, line: str) -> None:
    """Note something in the manifest."""
    with (home / "manifest").open("a") as manifest:
        manifest.write(f"{line}\n")


def test_photos_beside_the_readings_stay(home: Path, tmp_path: Path) -> None:
    """With a blank in the name, and a neighbour that has the first half of it as its name."""
    state = tmp_path / "my data"
    fill(state, "journal/", "book/", "credentials/", "run/", "migrated", ".dirty.json.tmp")
    fill(state, "before-restore-20261122T110232Z/", "corrections.jsonl.corrupt-20261122T1")
    fill(state, "photos/", "notes.txt", ".hidden")
    fill(tmp_path / "my", "thesis.txt")
    shell(f"remove_state '{state}'", home)
    assert left(state) == {"photos", "notes.txt", ".hidden"}
    assert left(tmp_path / "my") == {"thesis.txt"}


def test_the_web_root_keeps_every_other_page(home: Path, tmp_path: Path) -> None:
    data = tmp_path / "html"
    fill(data, "index.html", "mine.json", "daily.json", "events.json", "weekly.json.corrupt-2026")
    shell(f"remove_data '{data}'", home)
    assert left(data) == {"index.html", "mine.json"}


def test_a_directory_that_was_there_before_keeps_what_was_in_it(home: Path) -> None:
    """The old system lived in /opt/power-monitor, too; its config.json was never taken over."""
    fill(home, "collector.py", "notes.txt")
    assert "stays" in shell("remove_settings; remove_home", home)
    assert left(home) == {"collector.py", "notes.txt", "config.json"}


def test_settings_we_have_taken_and_a_directory_we_have_made_go(home: Path) -> None:
    note(home, f"directory {home}")
    note(home, f"config {home}/config.json")
    shell("remove_settings; remove_home", home)
    assert not home.exists()


def test_a_directory_we_have_made_stays_while_somebody_uses_it(home: Path) -> None:
    note(home, f"directory {home}")
    note(home, f"config {home}/config.json")
    fill(home, "mine.txt")
    shell("remove_settings; remove_home", home)
    assert left(home) == {"mine.txt"}


def test_every_name_that_the_documents_give_the_state_directory_is_known() -> None:
    """Otherwise a purge would leave readings or passwords behind."""
    table = (ROOT / "docs/files.md").read_text().split("## The state directory")[1]
    rows = re.findall(r"^\| (`.+?) \|", table.split("## ")[0], re.MULTILINE)
    named = [path.split("/")[0] for row in rows for path in re.findall(r"`([^`]+)`", row)]
    assert len(named) > len("journal")
    for name in named:
        sample = name.replace("<time>", "20261122")
        assert any(fnmatch.fnmatch(sample, pattern) for pattern in NAMES), name


def test_a_directory_that_was_taken_over_is_given_back_as_it_was(
    home: Path, tmp_path: Path
) -> None:
    """Taken over twice, as by installing twice: what it was before the first time counts."""
    data = tmp_path / "my html"
    data.mkdir(mode=0o705)
    data.chmod(0o705)
    again = f"take_over '{data}' $(id -u):$(id -g) g+rwx"
    shell(f"{again}; {again}", home)
    assert data.stat().st_mode & 0o777 == 0o775
    shell("give_back", home)
    assert data.stat().st_mode & 0o777 == 0o705
    assert (home / "manifest").read_text() == ""
