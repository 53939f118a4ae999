"""The way of a job to people: its card while it runs, its message when it ends."""
