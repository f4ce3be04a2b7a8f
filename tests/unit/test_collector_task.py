"""One round of backfill: what is asked again, what never, and how far it says it is."""

from services.collector.task import Task
from shared.times import Zone

HOUR_S = 3600.0
UTC = Zone("UTC")


def a_task(until: float = 10 * HOUR_S) -> Task:
    return Task(0.0, until, b"ours")


def test_what_history_knows_nothing_of_is_not_asked_about_again() -> None:
    task = a_task()
    assert task.told([(0, HOUR_S), (2 * HOUR_S, 3 * HOUR_S)], 10 * HOUR_S)
    task.filled([(0, HOUR_S)], [(0, HOUR_S)], 0)
    assert task.gaps == [(2 * HOUR_S, 3 * HOUR_S)]
    task.told([(0, HOUR_S), (2 * HOUR_S, 3 * HOUR_S)], 10 * HOUR_S)
    assert task.gaps == [(2 * HOUR_S, 3 * HOUR_S)]


def test_what_was_sent_and_is_still_missing_is_sent_again_twice_and_then_given_up() -> None:
    task, gap = a_task(), (0.0, HOUR_S)
    task.told([gap], 10 * HOUR_S)
    for _ in range(2):
        task.filled([gap], [], 6)
        assert not task.told([gap], 10 * HOUR_S)
        assert task.gaps == [gap]
    task.filled([gap], [], 6)
    task.told([gap], 10 * HOUR_S)
    assert task.gaps == []
    assert task.answer(UTC)["gaps"] == 1


def test_it_is_over_only_when_a_look_found_nothing_more_to_send() -> None:
    """An answer of the aggregator holds only so many gaps."""
    task = a_task()
    task.told([(0, HOUR_S)], 10 * HOUR_S)
    task.filled([(0, HOUR_S)], [], 6)
    assert not task.is_over
    task.ask_again(5.0)
    assert (task.gaps, task.ask_at) == (None, 5.0)
    task.told([], 10 * HOUR_S)
    assert task.is_over


def test_what_is_not_settled_yet_is_left_to_the_next_round() -> None:
    task = a_task()
    task.told([(0, 10 * HOUR_S)], 2 * HOUR_S)
    assert task.gaps == [(0, 2 * HOUR_S)]


def test_health_is_told_the_share_of_the_missing_time_that_is_done() -> None:
    task = a_task(4 * HOUR_S)
    assert task.state(UTC)["done"] == 1.0
    task.told([(0, 4 * HOUR_S)], 4 * HOUR_S)
    task.filled([(0, HOUR_S)], [], 6)
    assert task.state(UTC) == {
        "from": "1970-01-01T00:00:00+00:00",
        "to": "1970-01-01T04:00:00+00:00",
        "readings": 6,
        "done": 0.25,
    }
