"""Every topic the monitor uses, in one place (design: section 4)."""

import re
import zlib
from dataclasses import dataclass

SERVICES = ("collector", "aggregator", "syncer")
TIERS = ("daily", "weekly", "monthly", "yearly")
HOME_ASSISTANT_STATUS = "homeassistant/status"  # `online` when Home Assistant has started


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics below one base topic, such as `power-monitor`."""

    base: str

    @property
    def word(self) -> str:
        """The base topic as one word for ids, a different one for each base topic."""
        plain = re.sub(r"[^A-Za-z0-9_-]", "_", self.base)
        if plain == self.base:
            return plain
        return f"{plain}_{zlib.crc32(self.base.encode()):08x}"

    @property
    def reading(self) -> str:
        """One reading, retained (a backfilled one is not)."""
        return f"{self.base}/reading"

    @property
    def live(self) -> str:
        """Faster values that nobody stores."""
        return f"{self.base}/live"

    @property
    def summary(self) -> str:
        """Today's and all energy so far, retained."""
        return f"{self.base}/summary"

    @property
    def maintenance(self) -> str:
        """`on` or `off`, retained."""
        return f"{self.base}/maintenance"

    @property
    def maintenance_request(self) -> str:
        """`on`, `off` or `toggle`, answered by the collector."""
        return f"{self.base}/request/maintenance"

    @property
    def maintenance_response(self) -> str:
        """Tell what became of a maintenance request."""
        return f"{self.base}/response/maintenance"

    @property
    def responses(self) -> str:
        """Where a response topic asked for by MQTT 5 must lie."""
        return f"{self.base}/response/"

    def file_updated(self, tier: str) -> str:
        """Say that a tier file has new points."""
        return f"{self.base}/file-updated/{tier}"

    def availability(self, service: str) -> str:
        """`online` or `offline`, retained; also the last will."""
        return f"{self.base}/{service}/availability"

    def health(self, service: str) -> str:
        """Tell what a service last did, retained."""
        return f"{self.base}/{service}/health"

    def log(self, service: str) -> str:
        """Last log lines of a service."""
        return f"{self.base}/log/{service}"

    def alert(self, name: str) -> str:
        """One alert's state, retained."""
        return f"{self.base}/alert/{name}"

    def request(self, service: str, command: str) -> str:
        """Ask a service to do something; `+` as the command subscribes to all."""
        return f"{self.base}/request/{service}/{command}"

    def response(self, service: str, command: str) -> str:
        """Tell what became of a request."""
        return f"{self.base}/response/{service}/{command}"


def device_topic(device: str) -> str:
    """Tell Home Assistant of a device, retained; `+` as the device subscribes to all."""
    return f"homeassistant/device/{device}/config"
