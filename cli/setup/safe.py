"""The questions about where the long history is kept safe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.setup.effects import Dialogue, Say, TryDirectory, TryRepository
from cli.setup.talk import ask, attempt, choose, yes
from services.syncer.standing import Standing
from shared import option_checks as check

GITHUB, DIRECTORY, NOWHERE = "github", "remote", ""
DEFAULT_API = "https://api.github.com"
_BYTES_A_READING = 25  # compressed, measured on the recorded household with three metrics
_DAY_MINUTES = 1440


def place(old: Mapping[str, Any]) -> Dialogue[str]:
    """Ask where to; returns the section of the configuration, "" for nowhere."""
    yield Say(
        "\n2. Keeping it safe\n"
        "Cards wear out and boards die. A copy of the long history elsewhere brings it back."
    )
    choices = (
        ("a private repository on GitHub", GITHUB),
        ("a directory, such as a USB stick or a network mount", DIRECTORY),
        ("nowhere: it stays on this machine alone", NOWHERE),
    )
    default = 2 if old.get(DIRECTORY) else 3 if old and not old.get(GITHUB) else 1
    answer = yield from choose("Where to", choices, default)
    return answer


def github(old: Mapping[str, Any], secret: str, minutes: float) -> Dialogue[dict[str, Any]]:
    """Ask for repository and token until both work together; `secret` is the old token."""
    yield Say(
        "Make a repository of its own, set to Private, with a README: https://github.com/new\n"
        "Consumption shows when people are at home, so it is nobody else's business.\n"
        "Then a fine-grained token: https://github.com/settings/personal-access-tokens/new\n"
        "  Repository access: Only select repositories, this one alone\n"
        "  Permissions: Contents: Read and write\n"
        "It expires on the day you choose there; the monitor says so when it happens."
    )
    repo, typed = str(old.get("repo", "")), secret
    again = True
    while again:
        repo = yield from ask("Repository (owner/name)", _repository, default=repo)
        typed = yield from ask("GitHub token", check.token, default=typed, secret=True)
        trial = TryRepository(repo, typed, old.get("api_url") or DEFAULT_API, old.get("ca_file"))
        standing, again = yield from attempt(trial, "repository and token")
        if isinstance(standing, Standing) and not again:
            again = yield from _weigh(standing)
    archive = yield from _archive(bool(old.get("archive")), minutes)
    return {"repo": repo, "token": typed, "archive": archive}


def directory(old: Mapping[str, Any], minutes: float, *, here: bool) -> Dialogue[dict[str, Any]]:
    """Ask for the directory; `here` says whether it is one of this machine."""
    path, again = str(old.get("path", "")), True
    while again:
        path = str((yield from ask("Directory, with its full path", _folder, default=path)))
        again = False
        if here:
            _, again = yield from attempt(TryDirectory(Path(path)), "the directory")
    archive = yield from _archive(bool(old.get("archive")), minutes)
    return {"path": path, "archive": archive}


def _weigh(standing: Standing) -> Dialogue[bool]:
    """Warn of a public repository; return whether to choose another one."""
    yield Say(f"  {standing.name} can be read and written" + "; it is private." * standing.private)
    if standing.private:
        return False
    yield Say(
        "  But it is PUBLIC: everybody in the world could see when you are at home and when you "
        "sleep. Make it private on GitHub: Settings, General, Danger Zone, Change visibility."
    )
    again = yield from yes(
        "Choose another repository, or the same once it is private?", default=True
    )
    return again


def _archive(old: bool, minutes: float) -> Dialogue[bool]:  # noqa: FBT001 - what it was
    year_mb = _BYTES_A_READING * _DAY_MINUTES / minutes * 365 / 1e6
    yield Say(
        "\nThe days' totals are always kept there. Every single reading can be kept, too: "
        f"about {year_mb:.1f} MB a year at this interval, one upload a day. Without it, a dead "
        "board takes the readings of its last ten days along, and older days can never be looked "
        "at closer than as one number. With it, whoever gets at the copy sees each kettle."
    )
    answer = yield from yes("Keep every reading there, too?", default=old)
    return answer


def _repository(text: str) -> str:
    """Take owner/name, or the page's address."""
    name = text.removeprefix("https://").removeprefix("github.com/").removesuffix("/")
    return str(check.repository(name.removesuffix(".git")))


def _folder(text: str) -> Path:
    return check.absolute_folder(text)
