"""`power-monitor doctor`: everything that would be asked first when something is wrong."""
