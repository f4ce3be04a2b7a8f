"""The one version of everything in this distribution."""

VERSION = "0.1.0"

# No clock that shows an earlier time than this release can be right; see shared/clock.py.
RELEASE_DATE = "2026-11-22T00:00:00+00:00"
