"""Alerts: what is wrong with house or monitor, told once when it begins and once when it ends."""
