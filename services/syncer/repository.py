"""A repository behind GitHub's API: requests to it, and whether the token sees it at all."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson

from services.syncer.answers import Answer, NotThere, Place, not_json
from services.syncer.wire import Wire
from shared.errors import MonitorError

_JSON = "application/vnd.github+json"


class Repository:
    """Paths are below the repository's own URL, which follows it when it is renamed."""

    def __init__(self, wire: Wire, place: Place) -> None:
        self._wire = wire
        self._place = place
        self._url = f"{place.api_url}/repos/{place.repo}"
        self._visible = False
        self.renamed_to = ""  # `owner/name` the repository has now, if the old one redirects
        self.public = False

    def send(
        self,
        method: str,
        path: str,
        *,
        accept: str = _JSON,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request and return the answer, whatever it says."""
        url = f"{self._url}/{path}" if path else self._url
        content = None if body is None else orjson.dumps(body)
        answer = self._wire.request(method, url, accept=accept, body=content, headers=headers)
        if self._wire.moved_to:
            self._follow(url, self._wire.moved_to)
        return answer

    def get(self, path: str) -> dict[str, Any]:
        """Return the object that is there."""
        return self.object(self.send("GET", path))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Make something, and return what was made."""
        return self.object(self.send("POST", path, body=body))

    def object(self, answer: Answer) -> dict[str, Any]:
        """Return the object of an answer; raises what else it means."""
        raw = self.expect_ok(answer).json()
        if not isinstance(raw, dict):
            raise not_json(answer, self._place)
        return raw

    def expect_ok(self, answer: Answer) -> Answer:
        """Return a good answer; raises what another one means."""
        if not answer.ok:
            raise self.failure(answer)
        if answer.html:
            raise not_json(answer, self._place)
        return answer

    def failure(self, answer: Answer) -> MonitorError:
        """Return the error an answer stands for."""
        return self._wire.failure(answer)

    def is_absent(self, answer: Answer) -> bool:
        """Say whether an answer means "no such file"; raises what else a 404 may mean."""
        if answer.status != HTTPStatus.NOT_FOUND:
            return False
        error = self.failure(answer)
        if not isinstance(error, NotThere):
            raise error
        if not self._visible:
            self.look()
        return True

    def look(self) -> None:
        """See whether the repository is there for this token; raises NotThere if not."""
        answer = self.send("GET", "")
        if answer.status == HTTPStatus.NOT_FOUND:
            error = self.failure(answer)
            if not isinstance(error, NotThere):
                raise error
            raise NotThere(
                f"there is no repository {self._place.repo}, or this token may not see it",
                hint=f"does https://github.com/{self._place.repo} exist? {error.hint}",
            )
        found = self.object(answer)
        self._visible = True
        self.public = found.get("private") is False
        name = str(found.get("full_name", ""))
        if name.lower() != self._place.repo.lower():
            self.renamed_to = name

    def _follow(self, url: str, moved_to: str) -> None:
        """Go straight to where a renamed repository is from now on."""
        rest = url.removeprefix(self._url)
        if rest != url and moved_to.endswith(rest) and moved_to != url:
            self._url = moved_to.removesuffix(rest)
            self.look()
