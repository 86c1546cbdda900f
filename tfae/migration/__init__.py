"""Migration from TF1: twins of programs, import of checkpoints, and parity."""
