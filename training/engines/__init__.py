"""Engines that fit additive tables."""
