"""Buttons, menus and modals, and what an interaction tells."""
