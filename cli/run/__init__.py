"""`power-monitor run`: everything on one machine, under one small supervisor."""
