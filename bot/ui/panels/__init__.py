"""Private panels: the prompt builder, settings, history, info, privacy."""
