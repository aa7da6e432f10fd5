"""Serves the scores: store, services, HTTP interface, console, jobs and the command line."""

__version__ = "0.1.0"
