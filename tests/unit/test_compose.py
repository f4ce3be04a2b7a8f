"""docker-compose.yml: what every container must have, and that it fits the image and the code."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.topics import SERVICES

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
KNOWN = {
    *("build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image"),
    *("logging", "mem_limit", "pids_limit", "ports", "profiles", "read_only", "restart"),
    *("secrets", "security_opt", "stop_grace_period", "ulimits", "user", "volumes"),
}
CHECK = {"test", "interval", "timeout", "start_period", "retries"}
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


def test_every_key_is_one_that_compose_knows() -> None:
    """Where no Docker client is there to ask, a misspelt key would be an option that is not set."""
    assert {key for key in COMPOSE if not key.startswith("x-")} == {
        "services",
        "secrets",
        "volumes",
    }
    for container in CONTAINERS.values():
        assert set(container) <= KNOWN
        assert set(container.get("healthcheck", {})) <= CHECK


def client() -> list[str]:
    """Return the command of a Docker client that knows compose files; it needs no engine."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]):
            asked = subprocess.run([*words, "version"], capture_output=True, check=False)
            if asked.returncode == 0:
                return words
    return []


def test_docker_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    words = client()
    if not words:
        pytest.skip("no Docker client is here")
    for name in ("docker-compose.yml", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "config.json").write_text("{}")
    command = [*words, "--profile", "remote", "config", "--services"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) == set(CONTAINERS)


def test_docker_would_find_a_mistake(tmp_path: Path) -> None:
    """Otherwise the test above proves nothing."""
    words = client()
    if not words:
        pytest.skip("no Docker client is here")
    text = (ROOT / "docker-compose.yml").read_text().replace("restart: unless", "restrat: unless")
    (tmp_path / "docker-compose.yml").write_text(text)
    command = [*words, "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "restrat" in done.stderr


def test_the_image_is_made_of_what_is_there() -> None:
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
