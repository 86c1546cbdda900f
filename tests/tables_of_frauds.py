"""A table of customers, some of whom have an income that does not go with their age."""

import csv

import numpy as np

NAMES = ["id", "age", "income", "colour of it", "size", "fraud"]


def write(path, count=600, frauds=60, seed=0):
    """Writes the table as CSV; returns the labels."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) < frauds).astype(int)
    age = rng.normal(50, 10, count)
    income = 1000 * age + rng.normal(0, 500, count)
    income += labels * rng.choice([-1, 1], count) * 20_000
    colour = rng.choice(["red", "green", "blue"], count)
    size = np.where(colour == "red", 5, 1) + rng.normal(0, 0.1, count)
    order = rng.permutation(count)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(NAMES)
        for place, row in enumerate(order):
            missing = place % 20 == 3
            writer.writerow(
                [
                    row,
                    f"{age[row]:.2f}",
                    f"{income[row]:.1f}",
                    colour[row],
                    "" if missing else f"{size[row]:.3f}",
                    labels[row],
                ]
            )
    return labels[order]
