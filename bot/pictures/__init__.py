"""Pictures: what is kept of them, and how they are read and written."""
