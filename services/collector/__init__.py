"""Reads Home Assistant and publishes readings: when and what to sample, units, backfill."""
