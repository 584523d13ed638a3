"""Every decision, as pure functions of values: no file, clock, network, environment, logging or sleep."""
