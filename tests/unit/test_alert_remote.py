"""The alerts of the remote: nothing got through for too long, and days that it lost."""

from support.alerts import Watched, at, names


def syncer(**health: object) -> dict[str, object]:
    return {"state": "synced", "unsynced": [], "held": {}, "problems": [], **health}


def test_a_remote_that_got_nothing_for_two_periods_is_old() -> None:
    house = Watched("2026-11-20T00:06", synced=True)
    pushed = "2026-11-20T00:05:10+01:00"
    for hour in range(49):
        house.now = at("2026-11-20T00:06") + hour * 3600
        waiting = ["data/monthly.json"] if hour > 23 else []
        told = syncer(last_push=pushed, unsynced=waiting)
        house.watch.hear("syncer", told, house.now, 5.0)
        house.look()
    assert ("sync-old", "start") in names(house.told)
    assert house.shown("sync-old") == ("on", "The remote got nothing for 2 d.")
    house.watch.hear("syncer", syncer(last_push="2026-11-22T00:07:00+01:00"), house.now, 5.0)
    house.look()
    house.now += 61
    house.look()
    assert house.shown("sync-old")[0] == "off"


def test_a_remote_with_nothing_to_get_is_not_old() -> None:
    house = Watched("2026-11-10T00:06", synced=True)
    for _hour in range(200):
        house.now += 3600
        health = syncer(last_push="2026-11-10T00:05:00+01:00")
        house.watch.hear("syncer", health, house.now, 5.0)
        house.look()
    assert "sync-old" not in {one.name for one in house.told}


def test_a_syncer_that_says_nothing_any_more_is_noticed_over_a_restart() -> None:
    house = Watched("2026-11-20T00:06", synced=True)
    health = syncer(last_push="2026-11-20T00:05:00+01:00")
    house.watch.hear("syncer", health, house.now, 5.0)
    house.watch.changed = True
    house.now = at("2026-11-21T12:00")
    house.restart()
    told = house.until("2026-11-22T00:10", step_s=300)
    assert ("sync-old", "start") in names(told)


def test_a_remote_copy_that_lost_days_is_told() -> None:
    house = Watched("14:00", synced=True)
    lost = {"name": "lost", "text": "not pushed: data/yearly.json lacks 3 days"}
    house.watch.hear("syncer", syncer(problems=[lost]), house.now, 5.0)
    house.look()
    assert names(house.told) == [("remote-lost", "start")]


def test_days_the_remote_alone_lost_are_told_once_though_they_are_back() -> None:
    house = Watched("14:00", synced=True)
    healed = {
        "at": "2026-11-22T14:00:00+01:00",
        "since": "2026-11-22T00:15:00+01:00",
        "text": "Somebody or something took days off the remote.",
    }
    for _ in range(3):
        house.watch.hear("syncer", syncer(healed=healed), house.now, 5.0)
        house.look()
        house.now += 60
    house.restart()
    house.watch.hear("syncer", syncer(healed=healed), house.now, 5.0)
    house.until("14:30")
    assert names(house.told) == [("remote-lost", "start"), ("remote-lost", "end")]
    assert house.told[0].text == healed["text"]
    assert house.told[1].text == (
        "The remote copy is whole again. At most 13 h 45 min, at some time from "
        "2026-11-22 00:15 to 14:00."
    )
