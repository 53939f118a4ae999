"""All ways in against all rules: `rules` and `ways` are the tables, `world` is what they meet in."""
