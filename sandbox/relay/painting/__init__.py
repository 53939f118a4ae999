"""The painter behind the relays: seeded scenes from the words of a prompt; it knows nothing of tasks or HTTP."""
