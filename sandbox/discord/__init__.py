"""A loopback Discord: REST and gateway for unmodified client libraries."""
