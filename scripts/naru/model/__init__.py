"""The words of the domain: frozen pydantic records, strict JSON in and out, nothing else."""
