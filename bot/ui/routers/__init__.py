"""Where interactions arrive: each is read, let in, and handed to a flow or a panel."""
