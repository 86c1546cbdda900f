"""Draws the picture of the README: reconstructions, a plane of codes, and samples.

    TFDS_DATA_DIR=… python benchmarks/front_picture.py    # MNIST, some minutes

It trains three recipes for a part of their epochs, and writes docs/figures/front.png.
"""

import dataclasses
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from tfae import datasets, recipes
from tfae.recipes import building

PATH = Path(__file__).parent.parent / "docs" / "figures" / "front.png"
SIDE = 28


def trained(name, split, epochs):
    """The model of a recipe after some epochs."""
    recipe = dataclasses.replace(recipes.get(name), epochs=epochs)
    train = split.train.inputs
    model = building.build(recipe, train.shape[1:])
    building.compile_model(model, recipe, len(train) // recipe.batch_size)
    data = datasets.batches(train, recipe.batch_size, drop_remainder=True)
    model.fit(data, epochs=epochs, shuffle=False, verbose=2)
    return model


def tiled(images, columns):
    """One picture of images `(n, 784)`, row by row."""
    rows = np.asarray(images).reshape(-1, columns, SIDE, SIDE)
    return rows.transpose(0, 2, 1, 3).reshape(len(rows) * SIDE, columns * SIDE)


def main():
    """Trains and draws."""
    split = datasets.load("mnist")
    flagship = trained("leaky_relu_mnist", split, 10)
    plane = trained("variational_2d_mnist", split, 30)
    drawing = trained("variational_mnist", split, 30)
    examples = split.test.inputs[:48].reshape(6, 8, -1)
    rebuilt = flagship.predict(examples.reshape(48, -1), verbose=0).reshape(6, 8, -1)
    pairs = np.stack([examples, rebuilt], axis=1)
    quantiles = norm.ppf(np.linspace(0.03, 0.97, 12))
    grid = np.stack(np.meshgrid(quantiles, quantiles[::-1]), axis=-1).reshape(-1, 2)
    panels = {
        "digits over reconstructions": tiled(pairs.reshape(96, -1), 8),
        "the plane of two codes": tiled(plane.decode(grid.astype("float32")), 12),
        "samples": tiled(drawing.sample(144, seed=1), 12),
    }
    figure = Figure(figsize=(12, 4.7), layout="constrained")
    widths = [picture.shape[1] / picture.shape[0] for picture in panels.values()]
    figure.get_layout_engine().set(w_pad=0.1, wspace=0.03)
    axes = figure.subplots(1, 3, width_ratios=widths)
    for one, (title, picture) in zip(axes, panels.items(), strict=True):
        one.imshow(picture, cmap="gray_r", vmin=0, vmax=1)
        one.set_title(title)
        one.set_axis_off()
    figure.savefig(PATH, dpi=100)
    print(f"wrote {PATH}")


if __name__ == "__main__":
    main()
