"""What TF1 left behind: twins of its programs, its checkpoints, and parity."""
