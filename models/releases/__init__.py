"""Releases that come with the program."""
