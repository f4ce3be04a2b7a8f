"""A disk that is full, broken or read-only: nothing is lost, the admin sees it, and it heals."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from support.aggregation import TIERS, scratch
from support.broker import Broker
from support.client import Client
from support.cut import life
from support.cut.again import document_mistakes, told, undisturbed
from support.cut.image import make_image
from support.full_disk import small_disk
from support.mounts import CAN_MOUNT, mounted, run
from support.stack import ROOT, Stack
from support.wait import wait_until

from shared.errors import Retryable
from shared.times import Zone

ZONE = Zone("Europe/Berlin")
NOON = ZONE.day_start(ZONE.day_of(1_795_338_000)) - 43_200  # of a finished day
SIZE_KB = 4096
_PAGES = 6  # more than the largest write of a life needs


def check_documents(data: Path) -> None:
    """See that what is there is whole; a file may not be there yet."""
    for tier in TIERS:
        if (data / f"{tier}.json").exists():
            assert document_mistakes(tier, (data / f"{tier}.json").read_bytes()) == []


@CAN_MOUNT
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3, 4))]
)
def test_a_disk_full_in_each_kind_of_write_only_delays(tmp_path: Path, seed: int) -> None:
    """Every step of a life meets it with so many pages left that it gets a little further."""
    expected, chance = undisturbed(seed), Random(seed)
    refused: set[str] = set()
    with small_disk(tmp_path / "disk", SIZE_KB) as disk:
        house = life.house(disk.place)
        for step in expected.steps:
            for free in range(chance.randrange(3), _PAGES, 3):
                disk.fill(free)
                try:
                    life.live(house, step)
                except Retryable:
                    refused.add(step.name)
                    check_documents(house.data)
                disk.empty()
            life.live(house, step)
        assert len(refused) >= 8, refused
        house.settle()
        assert told(house) == expected.documents[-1]
        assert house.complaints == []
        house.aggregator.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "every"), [("fsync", 13), ("fsync", 17), ("fdatasync", 7), ("rename", 5)]
)
def test_a_disk_that_refuses_every_so_often_only_delays(call: str, every: int) -> None:
    """The kernel's own EIO, in a life that tries each step until the disk takes it."""
    with scratch() as directory:
        inject = f"inject={call}:error=EIO:when={every}+{every}"
        strace = ["strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e", inject]
        command = [sys.executable, "-m", "support.cut.life", str(directory), "5"]
        done = subprocess.run(
            [*strace, *command],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        refused = int(done.stdout)
        assert refused > 10
        last = undisturbed(5)
        house = life.house(directory, booted=last.steps[-1].now).settle()
        assert told(house) == last.documents[-1]
        assert house.complaints == []


# The real process, and who is told


@pytest.fixture
def stack(tmp_path: Path, broker: Broker) -> Iterator[Stack]:
    """A stack whose data and state are where the test mounts a disk."""
    running = Stack(tmp_path, broker)
    place = tmp_path / "disk"
    running.data, running.state = place / "data", place / "state"
    paths = {"data_dir": str(running.data), "state_dir": str(running.state)}
    (tmp_path / "config.json").write_text(json.dumps({**running.config, "paths": paths}))
    yield running
    running.stop()


def problems(client: Client, stack: Stack) -> dict[str, str]:
    """Return what health says stands in the way, as the admin page has it."""
    heard = client.of(stack.topics.health("aggregator"))
    told = json.loads(heard[-1].payload)["problems"] if heard else []
    return {problem["name"]: problem["text"] for problem in told}


def publish(client: Client, stack: Stack, number: int) -> None:
    stats = {"mean": 600, "min": 600, "max": 600}
    interval = {"seconds": 60, "coverage": 1.0, "power": stats}
    reading = {"timestamp": ZONE.iso(NOON + 60 * number), "power": 600, "interval": interval}
    assert client.publish(stack.topics.reading, json.dumps(reading)) == 0


def energy(stack: Stack) -> float:
    points = stack.document("yearly").get("data_points", ())
    return round(sum(float(point["energy_kwh"]) for point in points), 6)


@CAN_MOUNT
def test_the_admin_sees_a_full_disk_and_it_heals_by_itself(
    stack: Stack, broker: Broker, tmp_path: Path
) -> None:
    """While it lasts the broker keeps what comes; then all is there, once."""
    with (
        small_disk(tmp_path / "disk", SIZE_KB) as disk,
        broker.client("admin") as admin,
        broker.client() as client,
    ):
        admin.subscribe(stack.topics.health("aggregator"))
        stack.start("aggregator")
        publish(client, stack, 1)
        wait_until(lambda: energy(stack) == 0.01, what="the first reading")
        disk.fill()
        for number in range(2, 101):
            publish(client, stack, number)
        wait_until(lambda: "disk" in problems(admin, stack), what="the disk in health")
        assert "No space left" in problems(admin, stack)["disk"]
        check_documents(stack.data)
        disk.empty()
        wait_until(lambda: energy(stack) == 1.0, what="all that waited")
        wait_until(lambda: "disk" not in problems(admin, stack), what="the disk healed")
        log = stack.service("aggregator").log
        assert "takes writes again" in log
        assert "Traceback" not in log
        stack.stop()


@CAN_MOUNT
@pytest.mark.slow
def test_the_admin_sees_a_disk_that_turned_read_only(
    stack: Stack, broker: Broker, tmp_path: Path
) -> None:
    """As ext4 does with a worn card; after a check of the file system all is there."""
    image, place = tmp_path / "image", tmp_path / "disk"
    make_image(image)
    with broker.client("admin") as admin, broker.client() as client:
        admin.subscribe(stack.topics.health("aggregator"))
        with mounted(place, "-o", "loop,errors=remount-ro", str(image)):
            stack.start("aggregator")
            publish(client, stack, 1)
            wait_until(lambda: energy(stack) == 0.01, what="the first reading")
            break_file_system(place)
            publish(client, stack, 2)
            wait_until(lambda: "disk" in problems(admin, stack), what="the disk in health")
            assert "Read-only" in problems(admin, stack)["disk"]
            check_documents(stack.data)
            assert "Traceback" not in stack.service("aggregator").log
            stack.stop()
        wait_until(lambda: not attached(image), what="the disk taken off")
        run("e2fsck", "-fp", str(image), good=(0, 1))
        with mounted(place, "-o", "loop", str(image)):
            stack.start("aggregator")
            wait_until(lambda: energy(stack) == 0.02, what="both readings")
            wait_until(lambda: "disk" not in problems(admin, stack), what="the disk healed")
            stack.stop()


def break_file_system(place: Path) -> None:
    """Have the kernel find an error in a mounted ext4."""
    device = place.stat().st_dev
    name = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    Path(f"/sys/fs/ext4/{name}/trigger_fs_error").write_text("1")


def attached(image: Path) -> bool:
    """Say whether a loop device still has this file."""
    files = Path("/sys/block").glob("loop*/loop/backing_file")
    return any(file.read_text().strip() == str(image) for file in files)
