"""What GitHub's answers mean: each failure by type, with the step that heals it.

Sources: docs.github.com "Troubleshooting the REST API", "Rate limits", "Best practices".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from services.syncer.remote import Conflict
from services.syncer.scrubber import scrubbed
from shared.errors import MonitorError, Permanent, Retryable

SECONDARY_WAIT_S = 60.0  # GitHub: "wait at least one minute" when it names no time
_LONGEST_ECHO = 200
_FIRST_SERVER_ERROR = 500

_NEW_KEY_HINT = (
    "create a token at https://github.com/settings/personal-access-tokens with Contents: "
    "read and write on {repo}, put it in github.token, then: power-monitor push"
)
_LIMIT_WORDS = ("rate limit", "abuse", "secondary")
_STALE_WORDS = ("sha", "fast forward", "already exists", "does not exist")
# The words of branch protection and of rulesets; they come with 403, 409 and 422.
_RULE_WORDS = (
    "rule violations",
    "protected branch",
    "could not create file",
    "could not update file",
    "reference update failed",
    "must be made through a pull request",
    "approving review",
    "status check",
    "creations being restricted",
)
_RULES_HINT = (
    "a rule protects the branch: allow this token's owner at https://github.com/{repo}/settings/"
    "rules or .../settings/branches, or name another branch in github.branch; then: "
    "power-monitor push"
)
_ARCHIVED_HINT = (
    "the repository is archived: unarchive it at https://github.com/{repo}/settings, or name "
    "another one in github.repo; then: power-monitor push"
)
_PORTAL_HINT = "is a login page or proxy between here and GitHub? Try: curl -i {api_url}"


class EmptyRepository(Conflict):
    """The repository has no commit yet."""


class NotThere(Permanent):
    """The repository, or its branch, does not exist or is hidden from this token."""


class NoBranch(NotThere):
    """The repository is there, the branch is not."""


@dataclass(frozen=True, slots=True)
class Place:
    """What hints name: the repository `owner/name`, and the address of the API."""

    repo: str
    api_url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came; header names are in lower case, values without the token.

    `content` may be a file of the user's and is as it came, too.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes
    scrub: Callable[[str], str] = str  # what an object says goes through it, see `scrubber.py`

    @property
    def ok(self) -> bool:
        """Whether it brings what was asked for."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def html(self) -> bool:
        """Whether it is a page for people, which the API never sends."""
        return "html" in self.headers.get("content-type", "").lower()

    def json(self) -> Any:
        """Return the decoded content, None when it is no JSON; an object without the token."""
        try:
            raw = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None
        # A list is a folder's, of which nothing is ever told, and long.
        return scrubbed(raw, self.scrub) if isinstance(raw, dict) else raw

    @property
    def message(self) -> str:
        """Return GitHub's own words, briefly."""
        raw = self.json()
        text = raw.get("message", "") if isinstance(raw, dict) else ""
        return " ".join(str(text).split())[:_LONGEST_ECHO]


def not_json(answer: Answer, place: Place) -> Retryable:
    """Say that somebody else answered in GitHub's place."""
    what = "a web page" if answer.html else "no JSON"
    hint = _PORTAL_HINT.format(api_url=place.api_url)
    return Retryable(f"{what} came instead of GitHub's answer ({answer.status})", hint=hint)


def failure(answer: Answer, place: Place, now: float) -> MonitorError:
    """Return the error an answer stands for; `now` counts where GitHub tells no time."""
    status, said = answer.status, answer.message
    text = f"GitHub answered {status}" + (f": {said}" if said else "")
    if status == HTTPStatus.TOO_MANY_REQUESTS or _is_limit(answer):
        return Retryable(
            text, hint="GitHub asked to wait; nothing to do", after_s=asked_wait_s(answer, now)
        )
    if status >= _FIRST_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        hint = "https://www.githubstatus.com shows whether GitHub has trouble"
        return Retryable(text, hint=hint, after_s=_retry_after_s(answer) or 0.0)
    if answer.html or not isinstance(answer.json(), dict):
        return not_json(answer, place)
    if _is_conflict(status, said):
        return EmptyRepository(text) if "is empty" in said else Conflict(text)
    return _refusal(answer, text, place)


def _refusal(answer: Answer, text: str, place: Place) -> Permanent:
    if settings := _settings_hint(answer, place):
        return Permanent(text, hint=settings)
    hint = _NEW_KEY_HINT.format(repo=place.repo)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Permanent(f"{text} (the token is wrong, revoked or expired)", hint=hint)
    if answer.status == HTTPStatus.FORBIDDEN:
        needed = answer.headers.get("x-accepted-github-permissions", "")
        missing = f" (the token lacks: {needed[:_LONGEST_ECHO]})" if needed else ""
        return Permanent(text + missing, hint=hint)
    if answer.status == HTTPStatus.NOT_FOUND:
        if answer.message.lower().startswith("branch"):
            return NoBranch(text, hint="github.branch names the branch to write to")
        return NotThere(text, hint=hint)
    hint = f"check github.repo, github.branch and github.directory; see {place.api_url}"
    return Permanent(text, hint=f"{hint}; then: power-monitor push")


def _settings_hint(answer: Answer, place: Place) -> str:
    """Return what to change in the repository's settings, "" when it is not about them."""
    if _is_rule(answer.status, answer.message):
        return _RULES_HINT.format(repo=place.repo)
    if answer.status == HTTPStatus.FORBIDDEN and "archived" in answer.message.lower():
        return _ARCHIVED_HINT.format(repo=place.repo)
    return ""


def _is_limit(answer: Answer) -> bool:
    if answer.status != HTTPStatus.FORBIDDEN:
        return False
    said = answer.message.lower()
    return (
        "retry-after" in answer.headers
        or answer.headers.get("x-ratelimit-remaining") == "0"
        or any(word in said for word in _LIMIT_WORDS)
    )


def _is_rule(status: int, said: str) -> bool:
    """Say whether the branch's rules refuse the write, which no look at the file will change."""
    refused = (HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)
    low = said.lower()
    return status in refused and any(word in low for word in _RULE_WORDS)


def _is_conflict(status: int, said: str) -> bool:
    """Say whether somebody else was faster, which another look heals."""
    if _is_rule(status, said):
        return False
    stale = any(word in said.lower() for word in _STALE_WORDS)
    return status == HTTPStatus.CONFLICT or (status == HTTPStatus.UNPROCESSABLE_ENTITY and stale)


def asked_wait_s(answer: Answer, now: float) -> float:
    """Return how long a limit wants us to wait, by GitHub's own clock where it tells it."""
    after = _retry_after_s(answer)
    if after is not None:
        return after
    headers = answer.headers
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset"):
        reset, told = _number(headers["x-ratelimit-reset"]), http_date(headers.get("date", ""))
        if reset is not None:
            return max(reset - (now if told is None else told), 1.0)
    return SECONDARY_WAIT_S


def _retry_after_s(answer: Answer) -> float | None:
    text = answer.headers.get("retry-after", "")
    seconds = _number(text)
    if seconds is not None or not text:
        return seconds
    until, now = http_date(text), http_date(answer.headers.get("date", ""))
    return None if until is None or now is None else max(until - now, 1.0)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def http_date(text: str) -> float | None:
    """Return the instant of an HTTP date, None when it is none."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
