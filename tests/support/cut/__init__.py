"""Power cuts without a plug: what a process did to its disk, and what a cut may leave of it."""
