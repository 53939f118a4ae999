"""A loopback relay in the midjourney-proxy dialect that paints real pictures."""
