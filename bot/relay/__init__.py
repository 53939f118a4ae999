"""The outside APIs: one adapter per engine over one HTTP client. No discord, no database."""
