"""The commands of `svodka`, one module for each kind of work; `pipeline.cli` lists and imports them."""
