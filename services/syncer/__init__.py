"""The syncer: what is safely remote, and the way back."""
