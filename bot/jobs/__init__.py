"""What we owe our users: jobs from the first answer to the posted picture. No discord, no HTTP of its own."""
