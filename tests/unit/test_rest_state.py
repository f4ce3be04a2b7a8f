"""What a supervisor must know again after it lay down, secrets and all."""

import pickle

from support.configuration import SMALLEST

from cli.run.rest import Kept, Night
from shared.config import parse

_FULL = {
    **SMALLEST,
    "github": {"token": "secret", "repo": "owner/name"},
    "alerts": {"webhook_url": "https://push.example/a", "power_high_watts": 9000},
    "tariff": {
        "currency": "EUR",
        "periods": [{"from": "2026-01-01", "price": 0.3, "base_fee_per_day": 0.4}],
    },
    "sources": {
        "kitchen": {"topic": "tele/kitchen/SENSOR", "path": "ENERGY.Power", "unit": "W"},
        "others": {"difference": ["power", "kitchen"]},
    },
}


def test_every_section_of_a_configuration_is_known_again() -> None:
    config = parse(_FULL, {"TZ": "UTC"})
    children = {"collector": Kept(7, 1.5, 2, 4)}
    night = Night(config, "power-monitor", {"mosquitto": 1883}, children, 3, None)
    assert pickle.loads(pickle.dumps(night)) == night  # noqa: S301 - our own
