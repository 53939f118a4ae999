"""Try and test the whole of Easel on one machine: no Discord account, no relay key, no network."""
