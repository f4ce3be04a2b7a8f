"""The one error of the API: a request that Home Assistant turns down."""

from http import HTTPStatus


class Problem(Exception):
    """What is wrong with a request, in Home Assistant's words; `status` goes with it."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status
