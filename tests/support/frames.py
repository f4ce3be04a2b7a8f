"""What pandas makes of the recorded house, on its own."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from demo.recorded import RECORDED_ZONE, recorded_rows

METRICS = ("power", "voltage", "current")
XFF = 0.5


def assert_says_the_same(
    points: list[dict[str, Any]], days: Sequence[str], way: str, rule: str
) -> None:
    """AssertionError unless pandas comes to these points too; `rule` is how long one lasts."""
    found = _as_frame(points)
    frame = pd.concat([_minutes(day, way) for day in days])
    expected = _expected(frame, rule)
    # The hold of the last day's last minute reaches into the next one.
    within = [f"{day}" for day in days]
    found = found[[str(at)[:10] in within for at in found.index]]
    assert list(found.index) == list(expected.index)
    columns = list(expected.columns)
    pd.testing.assert_frame_equal(
        found[columns].astype(float), expected, check_freq=False, check_names=False, atol=2e-3
    )
    difference = (found["energy_kwh"] - expected["energy_kwh"]).abs()
    assert (difference / expected["energy_kwh"]).max() < 1e-4


def _minutes(day: str, way: str) -> pd.DataFrame:
    """Return each second's worth of the recording, a row a minute it is known for.

    Of intervals, rows tell of their minute. Of single readings, one holds until the next but not
    beyond two and a half minutes; the last ones of a day end with it, as a day stands alone here.
    """
    start = pd.Timestamp(day, tz=RECORDED_ZONE)
    rows = recorded_rows(day)
    index = pd.DatetimeIndex([start + pd.Timedelta(row.seconds, "s") for row in rows])
    values = [(row.watts, row.volts, row.amps) for row in rows]
    frame = pd.DataFrame(values, index, METRICS)
    grid = pd.date_range(start, start + pd.DateOffset(days=1), freq="30s", inclusive="left")
    limit = 1 if way == "intervals" else 4  # half minutes after the row's own
    return frame.reindex(grid).ffill(limit=limit)


def _expected(frame: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Consolidate with pandas alone."""
    resampled = frame.resample(rule)
    share: pd.DataFrame = resampled.count().div(resampled.size(), axis=0)
    table = {"coverage": share["power"], "energy_kwh": resampled["power"].sum() * 30 / 3.6e6}
    for name in METRICS:
        enough = share[name] >= XFF
        for function in ("mean", "min", "max"):
            table[f"{name}.{function}"] = resampled[name].agg(function).where(enough)
    buckets = pd.DataFrame(table)
    return buckets[buckets["coverage"] > 0]


def _as_frame(points: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.json_normalize(points).set_index("timestamp")
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index)).tz_convert(RECORDED_ZONE)
    return frame
