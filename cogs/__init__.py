"""Slash commands, one thin file per family."""
