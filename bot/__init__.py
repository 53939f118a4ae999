"""Easel: the Discord bot that gives any server its own Midjourney-style studio."""

__version__ = "0.1.0"
