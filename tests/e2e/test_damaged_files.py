"""Files damaged under a real aggregator: set aside, told of, made anew, and nothing else touched.

`tests/unit/test_every_byte.py` does so at every byte, without processes.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from support.aggregation import TIERS, House, filled, without_last_update
from support.broker import Broker
from support.stack import MovedClock, Stack
from support.wait import wait_until

ZONE, FIRST, DAYS = "Europe/Berlin", "2026-11-18", 3
SEED = 20261122
# Two at once are too many where each is what the other is made of.
TOGETHER = (
    ("data/weekly.json", "data/monthly.json", "data/daily.json", "state/dirty.json"),
    ("state/book/2026.json", f"state/journal/{FIRST}.jsonl.gz", "state/alerts.json"),
    ("data/yearly.json", "data/events.json", "state/journal/2026-11-19.jsonl.gz"),
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three days and an hour, rolled up, with what the alerts leave behind."""
    made = filled(tmp_path, ZONE, FIRST, DAYS)
    made.aggregator.close()
    (made.state / "alerts.json").write_bytes(b'{"schema":1,"alerts":{}}')
    (made.data / "events.json").write_bytes(b'{"schema":1,"events":[]}')
    return made


@pytest.fixture
def stack(tmp_path: Path, broker: Broker, house: House) -> Iterator[Stack]:
    running = Stack(tmp_path, broker, MovedClock(tmp_path, house.now).environment)
    yield running
    running.stop()


def shown(stack: Stack) -> dict[str, str]:
    return {tier: without_last_update(stack.document(tier)) for tier in TIERS}


def damage_told(stack: Stack) -> str:
    """Return what health says of files set aside."""
    with stack.broker.client() as client:
        client.subscribe(stack.topics.health("aggregator"))
        heard = orjson.loads(client.wait_for(stack.topics.health("aggregator")).payload)
    problems = {one["name"]: one["text"] for one in heard["problems"]}
    return str(problems.get("damage", ""))


@pytest.mark.parametrize("names", TOGETHER, ids=lambda names: names[0])
def test_damaged_files_are_made_anew_and_others_left_alone(
    tmp_path: Path, house: House, stack: Stack, names: tuple[str, ...]
) -> None:
    documents, chance = house.documents(), Random(SEED)
    journal = house.state / "journal"
    bystanders = {
        path: path.read_bytes()
        for path in journal.glob("*.gz")
        if str(path.relative_to(tmp_path)) not in names
    }
    contents = {}
    for name in names:
        path = tmp_path / name
        content = path.read_bytes()
        cut = chance.randrange(len(content))
        contents[path] = content[:cut] + bytes(chance.choice((0, len(content) - cut)))
        path.write_bytes(contents[path])
        os.utime(path, (house.now, house.now))  # since the machine was switched on

    stack.start("aggregator")

    def told_of_all() -> bool:
        said = damage_told(stack)
        return all(f"{path.name}.corrupt-" in said for path in contents)

    wait_until(told_of_all, 60, what="every damaged file in health")
    wait_until(lambda: shown(stack) == documents, 60, what="every document as it was")
    for path, content in contents.items():
        [aside] = path.parent.glob(f"{path.name}.corrupt-*")
        assert aside.read_bytes() == content
    assert {path: path.read_bytes() for path in bystanders} == bystanders
    assert stack.service("aggregator").stop() == 0
