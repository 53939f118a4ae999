"""Easel: the Discord bot that gives any server its own Midjourney-style studio."""
