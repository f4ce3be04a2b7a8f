"""GitHub's client over TLS: whom it trusts, and what it says when it does not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.certificate import make_certificate
from support.github.checks import MONTHLY, client
from support.github.server import FakeGitHub

from shared.errors import Permanent, Retryable


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Make a certificate for 127.0.0.1 that no authority has signed."""
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def secured(certificate: Mapping[str, str]) -> Iterator[FakeGitHub]:
    """Run a GitHub that speaks TLS."""
    with FakeGitHub(certificate=certificate) as running:
        running.repository.edit(MONTHLY, b"{}")
        yield running


def test_tls_is_verified(secured: FakeGitHub) -> None:
    with pytest.raises(Retryable, match="not trusted") as told:
        client(secured).read("monthly.json")
    assert "github.ca_file" in told.value.hint
    assert secured.seen == []


def test_an_own_certificate_authority_can_be_trusted(
    secured: FakeGitHub, certificate: Mapping[str, str]
) -> None:
    trusting = client(secured, ca_file=Path(certificate["tls_certificate"]))
    blob = trusting.read("monthly.json")
    assert blob
    assert blob.content == b"{}"


def test_a_missing_ca_file_is_said(secured: FakeGitHub, tmp_path: Path) -> None:
    with pytest.raises(Permanent) as told:
        client(secured, ca_file=tmp_path / "none.pem").read("monthly.json")
    assert "github.ca_file" in told.value.hint
