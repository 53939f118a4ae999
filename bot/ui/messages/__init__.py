"""What messages about jobs say and carry."""
