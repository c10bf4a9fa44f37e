"""svodka: who meets whom, and what was agreed, out of Russian-language news feeds."""

__version__ = "0.1.0"
