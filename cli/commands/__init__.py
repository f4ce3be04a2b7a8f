"""The subcommands of `power-monitor`, one file each."""
