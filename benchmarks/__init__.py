"""How fast and how lean Easel is: `make bench` prints one table."""
