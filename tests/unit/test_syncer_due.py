"""When the syncer pushes and looks: soon, not too often, and never not at all."""

from services.syncer.due import (
    CHECK_EVERY_S,
    LOOK_EVERY_S,
    QUIET_AT_MOST_S,
    QUIET_S,
    SPACING_S,
    Due,
)


def looked(tick: float = 0.0) -> Due:
    """Return what is due after the look at the start."""
    due = Due(tick)
    assert due.takes_look(tick)
    return due


def test_the_first_thing_is_a_look_which_is_a_push_too() -> None:
    due = Due(5.0)
    assert due.takes_look(5.0)
    assert not due.takes_look(6.0)
    assert not due.takes_push(1000.0)
    assert due.takes_look(5.0 + LOOK_EVERY_S)


def test_files_that_are_written_together_go_up_together() -> None:
    due = looked(-100.0)
    due.heard(0.0)
    due.heard(1.5)
    assert not due.takes_push(QUIET_S + 1.0)
    assert due.takes_push(QUIET_S + 1.5)
    assert not due.takes_push(1000.0)


def test_a_file_written_again_and_again_does_not_postpone_a_push_without_limit() -> None:
    due = looked(-100.0)
    pushes = []
    for second in range(200):
        due.heard(float(second))
        if due.takes_push(float(second)):
            pushes.append(second)
    assert pushes[0] <= QUIET_AT_MOST_S
    assert len(pushes) >= 6


def test_pushes_by_themselves_keep_a_distance() -> None:
    due = looked()
    due.again(1.0)
    assert not due.takes_push(SPACING_S - 1.0)
    assert due.takes_push(SPACING_S)


def test_what_no_message_tells_is_looked_for_now_and_then() -> None:
    due = looked()
    assert not due.takes_check(CHECK_EVERY_S - 1.0)
    assert due.takes_check(CHECK_EVERY_S)
    assert due.takes_push(CHECK_EVERY_S)
    assert not due.takes_check(CHECK_EVERY_S + 1.0)


def test_after_trouble_there_is_another_look() -> None:
    due = looked()
    due.look_again(10.0)
    assert due.takes_look(10.0)
