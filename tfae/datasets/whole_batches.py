"""Examples that training on whole batches leaves out of an epoch."""

WORTH_TELLING = 0.05  # share of the examples


def left_out_note(count, batch_size, passes=1):
    """Sentence on the examples that whole batches leave out, or `None`.

    Each pass leaves its last partial batch out; with shuffling, its examples differ
    from pass to pass. Returns `None` if they are few.

    Args:
        count: Integer, number of training examples.
        batch_size: Integer, number of examples in a batch.
        passes: Integer, number of passes over the examples in an epoch.

    Returns:
        Text, or `None`.

    Example:
    >>> tfae.datasets.left_out_note(162, 64).split(": ")[1]
    'batch_size=54 skips none.'
    """
    left_out = count % batch_size
    if count < batch_size or left_out < WORTH_TELLING * count:
        return None
    sizes = range(max(1, batch_size // 2), min(count, 2 * batch_size) + 1)
    better = min(sizes, key=lambda size: (count % size, abs(size - batch_size)))
    what = "epoch" if passes == 1 else "pass"
    return (
        f"Training uses whole batches only, so each {what} skips {left_out} of {count} "
        f"examples: batch_size={better} skips {count % better or 'none'}."
    )
