"""Where edges are made and handed to steps: one module per area, nothing decided here."""
