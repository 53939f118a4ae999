"""`easel doctor`: what works and what does not, in a sentence each. It writes nothing anywhere."""
