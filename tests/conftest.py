"""Fixtures that every test may ask for."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from support.broker import Broker
from support.laws import QUICK, THOROUGH
from support.network import take_own_network

# How long an example takes says how busy the machine is, not whether a law holds. And a gate lets
# the same through each time: `pytest --hypothesis-profile searching` looks at other examples.
_PATIENT = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
for _name, _examples, _same in (
    ("patient", QUICK, True),
    ("thorough", THOROUGH, True),  # of `scripts/test --all`
    ("searching", THOROUGH, False),
):
    hypothesis.settings.register_profile(_name, _PATIENT, max_examples=_examples, derandomize=_same)
hypothesis.settings.load_profile("patient")

pytest_plugins = ["support.github.fixtures"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a person try other chances than those of each run."""
    parser.addoption("--seed", type=int, default=8, help="of the tests that leave things to chance")


def pytest_configure(config: pytest.Config) -> None:
    """Give each of several workers a network of its own; the slow tests fetch packages."""
    is_worker = hasattr(config, "workerinput")
    if is_worker and config.option.markexpr == "not slow":
        take_own_network()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Return what chance begins with: the same each time, unless somebody wants another."""
    return int(request.config.getoption("--seed"))


@pytest.fixture
def base_topic() -> str:
    """Return a base topic no other test uses."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
def broker(tmp_path: Path, base_topic: str) -> Iterator[Broker]:
    """Run a Mosquitto of this test's own: it starts in some 20 ms, and nothing is shared."""
    running = Broker(tmp_path / "broker-state", base_topic)
    running.start()
    yield running
    running.stop()
