"""`dev.py demo`: the whole path from a connector's call to Workday on the local stack, each step checked."""
