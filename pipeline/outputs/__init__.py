"""Renderings of what svodka knows, one module each: pure functions from records to text or bytes."""
