"""`dev.py demo`: the whole story against the local stack, hop by hop, each hop checked."""
