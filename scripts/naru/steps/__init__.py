"""One module per stage: read, plan, apply, read back, write; the outside is reached through Protocols only."""
