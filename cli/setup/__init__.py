"""`power-monitor setup`: the questions as a dialogue without a terminal, and a terminal for it."""
