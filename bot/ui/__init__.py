"""How a job looks on Discord: cards, buttons, texts, posting. It never decides about money."""
