"""The `power-monitor` command."""
