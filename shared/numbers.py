"""How numbers are written: as short as they are meant, never as long as a float."""

_ENERGY_DIGITS = 6  # of a kWh: a milliwatt-hour
_PORTION_DIGITS = 9
_LARGE_PORTION_KWH = 0.01
_SHARE_DIGITS = 6


def rounded(value: float) -> float:
    """Round a metric: three digits after the point, or six where it is a fraction of one."""
    return round(value, 3 if abs(value) >= 1 else 6)


def rounded_energy(kwh: float | None) -> float | None:
    """Round an energy in kWh; none at all is written 0, the shortest way, unknown stays None."""
    return None if kwh is None else round(kwh, _ENERGY_DIGITS) or 0


def rounded_portion(kwh: float | None) -> float | None:
    """Round the energy of one interval: a day of seconds must still add up to its energy."""
    if kwh is None or kwh >= _LARGE_PORTION_KWH:
        return rounded_energy(kwh)
    return round(kwh, _PORTION_DIGITS) or 0


def rounded_share(share: float | None) -> float | None:
    """Round a coverage; float dust beyond 1 is cut."""
    return None if share is None else min(1.0, round(share, _SHARE_DIGITS))
