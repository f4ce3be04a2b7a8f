"""A power cut at any moment: nothing received is lost or doubled, all is made as without it."""

import os
import sys
from pathlib import Path
from random import Random

import pytest
from support.aggregation import scratch
from support.cut.again import Cutter, undisturbed
from support.cut.board import cut_again_and_again
from support.cut.calls import record
from support.mounts import CAN_MOUNT
from support.stack import ROOT

LIVES, CUTS = 8, 250


def cut_a_life(seed: int, cuts: int, directory: Path) -> None:
    """Live one life in a process of its own, and cut the power again and again."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    with scratch() as root:
        command = [sys.executable, "-m", "support.cut.life", str(root), str(seed)]
        calls = record(command, directory / "trace", environment, ROOT)
    cutter, chance = Cutter(root, calls, undisturbed(seed)), Random(seed)
    for at in cutter.moments(chance, cuts):
        cutter.cut(at, chance)


def test_what_a_power_cut_leaves_is_enough_to_go_on(tmp_path: Path) -> None:
    """Of what was not synced any part may be left, as docs/reliability.md says."""
    cut_a_life(0, 20, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, LIVES + 1))
def test_no_moment_of_many_lives_is_a_bad_one(tmp_path: Path, seed: int) -> None:
    cut_a_life(seed, CUTS, tmp_path)


@CAN_MOUNT
@pytest.mark.slow
def test_an_ext4_copied_while_it_is_mounted_is_enough_to_go_on(seed: int) -> None:
    """The whole monitor on a disk of its own."""
    assert cut_again_and_again(cuts=200, whole=40, seed=seed) == 200


@CAN_MOUNT
@pytest.mark.slow
def test_an_ext4_is_enough_to_go_on_a_few_times(seed: int) -> None:
    """One day of that."""
    assert cut_again_and_again(cuts=3, whole=200, seed=seed, days=1) == 3
