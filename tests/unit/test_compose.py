"""docker-compose.yml: what every container must have, and that it fits the image and the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.topics import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
LASTING = [name for name in CONTAINERS if name != "setup"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_each_container_can_do_no_more_than_it_must(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["user"].split(":")[0] not in {"", "0", "root"}
    assert container["mem_limit"]
    assert container["pids_limit"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_no_log_grows_without_end(name: str) -> None:
    assert set(CONTAINERS[name]["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", LASTING)
def test_each_container_starts_again_and_is_looked_after(name: str) -> None:
    assert CONTAINERS[name]["restart"] == "unless-stopped"
    assert CONTAINERS[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_healthy_while_its_own_loop_turns(name: str) -> None:
    container = CONTAINERS[name]
    assert container["command"] == ["python", "-m", f"services.{name}"]
    assert container["healthcheck"]["test"] == ["CMD", "python", "-m", "cli.run.alive", name]
    assert container["depends_on"] == {"broker": {"condition": "service_healthy"}}


def test_secrets_are_files_and_never_in_the_environment() -> None:
    for name in ("setup", *SERVICES):
        assert CONTAINERS[name]["secrets"] == ["config.json"]
    for container in CONTAINERS.values():
        assert set(container.get("environment", {})) <= {"TZ", "XDG_CONFIG_HOME"}
    assert COMPOSE["secrets"] == {"config.json": {"file": "./config.json"}}
    assert "POWER_MONITOR_CONFIG=/run/secrets/config.json" in (ROOT / "Dockerfile").read_text()


def test_only_the_page_can_be_reached_and_only_from_this_machine() -> None:
    published = {name: container.get("ports") for name, container in CONTAINERS.items()}
    assert {name for name, ports in published.items() if ports} == {"web"}
    assert published["web"] == ["127.0.0.1:8080:8080"]


def test_the_reference_board_is_a_target_of_the_build() -> None:
    platforms = CONTAINERS["setup"]["build"]["x-bake"]["platforms"]
    assert platforms == ["linux/amd64", "linux/arm64", "linux/arm/v7"]


def test_every_volume_is_declared() -> None:
    mounted = {
        mount.split(":")[0] for container in CONTAINERS.values() for mount in container["volumes"]
    }
    assert mounted == set(COMPOSE["volumes"])


def test_the_image_is_made_of_what_is_there() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
