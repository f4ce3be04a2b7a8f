"""When an installation or an upgrade may say that it works."""

from cli.run.alive import Asked, read
from cli.run.steady import Watch

WORKS: dict[str, str] = {}


def test_what_has_worked_for_a_while_works() -> None:
    watch = Watch(15, deadline=120)
    assert not watch.holds(0, {"collector": "is not online"}, {})
    assert not watch.holds(10, WORKS, {"collector": 1000})
    assert not watch.holds(20, WORKS, {"collector": 1001})  # told in whole seconds
    assert watch.holds(25, WORKS, {"collector": 1000})


def test_one_that_crashes_after_each_start_never_works() -> None:
    """Four seconds up, five seconds down: it is heard each time, and once is not enough."""
    watch = Watch(15, deadline=120)
    now = 0.0
    while not watch.is_over(now):
        up = now % 9 < 4
        trouble = {} if up else {"collector": "is not online"}
        assert not watch.holds(now, trouble, {"collector": 1000 + now // 9 * 9})
        now += 1
    assert watch.trouble == {"collector": "is not online"}
    assert now > 120


def test_a_start_between_two_looks_is_noticed() -> None:
    watch = Watch(15, deadline=120)
    assert not watch.holds(0, WORKS, {"collector": 1000})
    assert not watch.holds(16, WORKS, {"collector": 1012})
    assert watch.trouble == {"collector": "was started again"}


def test_what_begins_to_work_just_in_time_is_given_its_while() -> None:
    watch = Watch(15, deadline=120)
    assert not watch.holds(119, WORKS, {})
    assert not watch.is_over(125)
    assert watch.holds(134, WORKS, {})


def test_the_options_are_those_of_the_scripts() -> None:
    words = ["--within", "120", "--since", "7.5", "--steady", "15"]
    words += ["--page", "0.0.0.0", "8080", "collector"]  # noqa: S104
    assert read(words) == Asked(120, 7.5, 15, ("0.0.0.0", 8080), ("collector",))  # noqa: S104
    assert read([]) == Asked()
