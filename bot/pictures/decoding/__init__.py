"""What runs in worker processes alone: the only place where bytes of others are decoded.

Nothing here knows a sentence, a setting or a secret. Every file is first reduced to what its pixels need, and held
against `bounds`, before a decoder sees it; what a decoder then does with it is limited by the process it runs in.
"""
