"""The webhook over real HTTP: what arrives, what does not, and that nothing is lost or told."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.alerts import ZONE
from support.certificate import make_certificate
from support.hook import Hook
from support.wait import wait_until

from services.aggregator.alerts.body import body
from services.aggregator.alerts.courier import Courier
from services.aggregator.alerts.delivery import Delivery
from services.aggregator.alerts.memory import MOST_WAITING, Memory, Notice
from services.aggregator.alerts.webhook import Webhook
from shared.errors import MonitorError, Permanent, Refused, Retryable
from shared.health import Health
from shared.messages import Request

TOKEN = "tk_a-token-nobody-may-see"
SECRETS = ("hook-secret", TOKEN)
NOW = 1_795_354_000.0
LONG_S = 60.0


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as running:
        yield running


def notice(number: int, event: str = "start") -> Notice:
    return Notice("power-cut", event, "on", NOW + number, None, f"text {number}")


class Desk:
    """A delivery with a monotonic clock to turn, and what it answered."""

    def __init__(self, url: str, deadline_s: float = 25.0) -> None:
        self.memory = Memory()
        self.health = Health()
        self.tick = 0.0
        self.answers: list[Any] = []
        self.delivery = Delivery(
            Courier(Webhook(url, TOKEN, deadline_s=deadline_s).post),
            lambda one: body(one, None, ZONE),
            lambda _request, outcome: self.answers.append(outcome),
            self.health,
            lambda: 1.0,
        )

    def step(self) -> None:
        self.delivery.step(self.memory, NOW, self.tick)

    def until(self, found: Any) -> None:
        def there() -> Any:
            self.step()
            return found()

        wait_until(there, 30)

    @property
    def problem(self) -> str:
        """The open problem's text."""
        [told] = [one["text"] for one in self.health.document(NOW)["problems"]] or [""]
        return str(told)


def test_what_arrives_is_json_with_the_token_and_in_order(hook: Hook) -> None:
    desk = Desk(hook.url)
    for number in range(3):
        desk.memory.queue(notice(number))
    desk.until(lambda: not desk.memory.waiting)
    assert [taken["text"] for taken in hook.taken] == ["text 0", "text 1", "text 2"]
    assert hook.taken[0] == {
        "title": "Power Monitor: Power cut",
        "text": "text 0",
        "name": "power-cut",
        "event": "start",
        "state": "on",
        "since": ZONE.iso(NOW),
        "until": None,
    }
    assert hook.came[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert hook.came[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [500, 502, 401, 403, 404, 400, 302, 429, 0])
def test_what_is_not_taken_is_kept_and_sent_again(hook: Hook, status: int) -> None:
    """In time, with longer and longer waits; and nobody is told the address or the token."""
    hook.status, hook.answer = status, f"{SECRETS}".encode()
    hook.headers = {"Location": "http://127.0.0.1:9/hook-secret"} if status == 302 else {}
    desk = Desk(hook.url)
    desk.memory.queue(notice(1))
    for failures in (1, 2, 3):
        desk.until(lambda failures=failures: desk.health.counters["webhook_failures"] == failures)
        assert len(hook.came) == failures
        assert desk.problem
        assert not any(secret in str(desk.health.document(NOW)) for secret in SECRETS)
        desk.step()
        assert len(hook.came) == failures  # not at once
        desk.tick += 30 * 2**failures
    hook.status, hook.headers = 200, {}
    desk.until(lambda: not desk.memory.waiting)
    assert [taken["text"] for taken in hook.taken] == ["text 1"]
    assert desk.problem == ""


def test_a_time_without_a_network_loses_nothing(hook: Hook) -> None:
    hook.stop()
    desk = Desk(hook.url)
    for number in range(5):
        desk.memory.queue(notice(number))
    desk.until(lambda: desk.problem == "127.0.0.1 can't be reached")
    hook.start()
    desk.tick += 3600
    desk.until(lambda: not desk.memory.waiting)
    assert [taken["text"] for taken in hook.taken] == [f"text {number}" for number in range(5)]


def test_silence_holds_up_nobody(hook: Hook) -> None:
    """Each step returns at once, however long the other side says nothing."""
    hook.silent = True
    desk = Desk(hook.url, deadline_s=LONG_S)
    desk.memory.queue(notice(1))
    begin = time.monotonic()
    for _ in range(1000):
        desk.step()
    assert time.monotonic() - begin < LONG_S / 2
    desk = Desk(hook.url, deadline_s=1.5)
    desk.memory.queue(notice(1))
    desk.until(lambda: desk.problem == "127.0.0.1 did not answer in time")


def test_an_answer_that_drips_is_cut() -> None:
    """A timeout of the socket's own would start anew with every byte."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk = Desk(f"http://127.0.0.1:{server.getsockname()[1]}/hook-secret", deadline_s=1.0)
        desk.memory.queue(notice(1))
        desk.step()
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")

            def drip() -> bool:
                try:
                    connection.sendall(b"X: y\r\n")
                except OSError:
                    return True
                desk.step()
                return bool(desk.problem)

            wait_until(drip, 30)
            desk.until(lambda: "in time" in desk.problem)


def test_a_certificate_nobody_trusts_gets_nothing(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with Hook(certificate=certificate) as hook:
        with pytest.raises(Retryable) as refused:
            Webhook(hook.url, TOKEN, deadline_s=10).post(b"{}")
        assert "certificate" in str(refused.value)
        assert hook.came == []


def test_neither_the_message_nor_the_token_goes_where_a_redirect_leads(hook: Hook) -> None:
    with Hook() as elsewhere:
        hook.status, hook.headers = 307, {"Location": elsewhere.url}
        with pytest.raises(Permanent):
            Webhook(hook.url, TOKEN).post(b"{}")
        assert elsewhere.came == []


def test_it_waits_as_long_as_it_is_asked_to(hook: Hook) -> None:
    hook.status, hook.headers = 429, {"Retry-After": "7200"}
    with pytest.raises(Retryable) as asked:
        Webhook(hook.url, None).post(b"{}")
    assert asked.value.after_s == 7200
    assert "authorization" not in hook.came[0].headers


@pytest.mark.parametrize("status", [301, 401, 404, 422])
def test_what_a_person_must_mend_says_so(hook: Hook, status: int) -> None:
    hook.status = status
    with pytest.raises(Permanent) as refused:
        Webhook(hook.url, TOKEN).post(b"{}")
    assert str(status) in str(refused.value)
    assert "power-monitor alert test" in refused.value.hint


def test_a_test_goes_first_and_is_answered(hook: Hook) -> None:
    hook.status = 500
    desk = Desk(hook.url)
    desk.memory.queue(notice(1))
    desk.until(lambda: desk.problem)
    desk.delivery.test(Request("alert"))
    desk.until(lambda: desk.answers)
    assert isinstance(desk.answers[0], MonitorError)
    hook.status = 200
    desk.delivery.test(Request("alert"))
    desk.until(lambda: len(desk.answers) == 2)
    assert desk.answers[1] == {"delivered": True}
    assert hook.taken[0]["event"] == "test"
    desk.until(lambda: not desk.memory.waiting)  # and what waited need not wait any longer


def test_what_arrives_while_the_service_ends_is_not_sent_again(hook: Hook) -> None:
    desk = Desk(hook.url)
    desk.memory.queue(notice(1))
    desk.step()
    wait_until(lambda: hook.taken)
    assert desk.delivery.close(desk.memory, NOW, 0.0)
    assert desk.memory.waiting == []


def test_tests_do_not_pile_up(hook: Hook) -> None:
    hook.silent = True
    desk = Desk(hook.url, deadline_s=1.5)
    for _ in range(3):
        desk.delivery.test(Request("alert"))
    with pytest.raises(Refused):
        desk.delivery.test(Request("alert"))
    desk.step()
    desk.delivery.close(desk.memory, NOW, 0.0)
    assert len(desk.answers) == 3


def test_what_waits_is_bounded_and_a_reminder_waits_once() -> None:
    memory = Memory()
    for number in range(MOST_WAITING + 5):
        memory.queue(notice(number))
    assert (len(memory.waiting), memory.dropped) == (MOST_WAITING, 5)
    assert memory.waiting[0].text == "text 5"
    memory = Memory()
    for text in ("one", "two"):
        memory.queue(Notice("clock", "reminder", "on", NOW, None, text))
    assert [one.text for one in memory.waiting] == ["two"]


def test_the_bodies_for_ntfy_home_assistant_and_slack() -> None:
    templates: dict[str, dict[str, Any]] = {
        "ntfy": {"topic": "house", "title": "{title}", "message": "{text}", "priority": 4},
        "slack": {"text": "*{title}*\n{text}"},
        "nested": {"a": [{"b": "{since} {until}"}, 5, None]},
    }
    one = Notice("power-cut", "end", "off", NOW, NOW + 60, 'back "again" {text}')
    assert body(one, templates["slack"], ZONE) == (
        rb'{"text":"*Power Monitor: over: Power cut*\nback \"again\" {text}"}'
    )
    assert b'"priority":4' in body(one, templates["ntfy"], ZONE)
    assert ZONE.iso(NOW + 60).encode() in body(one, templates["nested"], ZONE)
