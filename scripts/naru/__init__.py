"""Naru: proves a release on kind clusters and only then promotes it, by Git commit, to each cloud."""

__version__ = "0.1.0"
