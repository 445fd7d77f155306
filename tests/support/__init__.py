"""What tests of several rooms make use of: keys, tokens, settings, a scripted HTTP client."""
