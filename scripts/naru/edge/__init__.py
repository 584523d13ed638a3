"""One outside thing per module; each says in its first lines in which state it leaves that thing."""
