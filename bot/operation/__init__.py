"""What keeps the program running for long: what it knows of people, for them to have and to erase."""
