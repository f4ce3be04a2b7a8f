"""Home Assistant behind TLS: whom the collector trusts, and what it says when it does not."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.certificate import make_certificate
from support.collector import POWER, START, TOKEN, Bench, Clock, make_simulator
from support.tls_front import TlsFront

from demo.server import serving
from demo.simulator import Simulator

Certificates = Mapping[str, Mapping[str, str] | None]


@pytest.fixture(name="certificates", scope="module")
def some_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Make one that will do, and each that will not; None is no TLS at all."""

    def make(names: str = "IP:127.0.0.1", days_ago: int = 0) -> Mapping[str, str]:
        return make_certificate(tmp_path_factory.mktemp("certificate"), names, days_ago)

    return {
        "none": None,
        "right": make(),
        "unknown": make(),
        "expired": make(days_ago=10),
        "of another name": make("DNS:elsewhere"),
    }


@pytest.fixture(name="clock")
def a_clock() -> Clock:
    return Clock(START - 1)


@pytest.fixture(name="house")
def a_house(clock: Clock) -> Simulator:
    """A Home Assistant whose power changes each minute."""
    simulator = make_simulator(clock)
    simulator.insert(POWER, [(START + 60.0 * minute, 100 + minute) for minute in range(-60, 180)])
    return simulator


@pytest.fixture(name="front")
def a_front(house: Simulator, certificates: Certificates) -> Iterator[TlsFront]:
    with serving(house) as url, TlsFront(url, certificates["right"]) as front:
        yield front


@pytest.fixture(name="bench")
def a_bench(
    front: TlsFront,
    certificates: Certificates,
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Bench:
    """A collector on a machine that trusts all of them but the unknown one."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(
        "".join(
            Path(one["tls_certificate"]).read_text()
            for name, one in certificates.items()
            if one and name != "unknown"
        )
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    return Bench(front.url, tmp_path, clock)


@pytest.mark.parametrize(
    ("shown", "says", "hint"),
    [
        ("unknown", "not trusted", "certificate valid"),
        ("expired", "not trusted", "certificate valid"),
        ("of another name", "not trusted", "for this name"),
        ("none", "no encrypted connection", "http://"),
    ],
)
def test_a_wrong_certificate_gets_no_token_until_it_is_right_again(
    bench: Bench,
    house: Simulator,
    front: TlsFront,
    certificates: Certificates,
    *,
    shown: str,
    says: str,
    hint: str,
) -> None:
    """And then what was missed comes back from history."""
    bench.run(60)
    assert bench.problems == {}
    front.certificate, count = certificates[shown], house.requests.count()
    bench.run(1800)
    assert says in bench.problems["home_assistant"]["text"]
    assert hint in bench.problems["home_assistant"]["hint"]
    assert house.requests.count() == count
    front.certificate = certificates["right"]
    bench.run(1260)
    assert bench.problems == {}
    assert [gap for gap in bench.outlet.gaps(START) if gap[0] < START + 3000] == []


def test_http_where_https_is_spoken(
    front: TlsFront, tmp_path: Path, clock: Clock, house: Simulator
) -> None:
    """The other way round: no token reaches anybody who can read it but the one there."""
    bench = Bench(front.url.replace("https", "http"), tmp_path, clock)
    bench.run(60)
    problem = bench.problems["home_assistant"]
    assert "https://" in problem["hint"] or "curl" in problem["hint"]
    assert house.requests.count() == 0
    assert TOKEN not in str(bench.problems)
