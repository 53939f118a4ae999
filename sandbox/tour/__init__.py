"""A walk through every feature of the bot, step by step, that a person could take on the chat page."""
