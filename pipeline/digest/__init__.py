"""The weekly digest as data: what changed in a week, from rows and never from invented prose. Pure."""
