"""Our side of Discord's gateway: what is kept of what it says, and which shards are ours."""
