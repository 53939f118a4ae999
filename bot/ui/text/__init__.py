"""The lines of jobs and prompts. Pure functions, no Discord objects."""
