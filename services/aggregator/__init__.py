"""Keeps the readings: journal, book of daily buckets and the four tier files it alone writes."""
