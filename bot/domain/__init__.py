"""The words of the house: requests, jobs, outcomes, rules and the engine port. Frozen values and pure functions."""
