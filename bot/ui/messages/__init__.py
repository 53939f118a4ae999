"""The contents of messages about jobs: texts, buttons, files."""
