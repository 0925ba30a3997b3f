"""Training, one process per model."""
