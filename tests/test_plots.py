"""Pictures: what is drawn where."""

import inspect
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae import plots
from tfae.plots.figures import Figure

SCORES = np.linspace(0, 1, 20)
TWO = np.random.default_rng(0).random((12, 2)).astype("float32")
# Arguments of every function, each array of which may be a tensor.
CALLS = {
    "activation_histograms": ({"one": TWO},),
    "code_scatter": (TWO, np.arange(12) % 3),
    "detection": (SCORES, np.float32(0.5), (SCORES > 0.6).astype(int)),
    "errors_by_labels": (
        [{"labels": n, "seed": 0, "scratch": np.float32(1 / n)} for n in (10, 100)],
    ),
    "examples": ({"a": TWO, "b": TWO}, (2, 1)),
    "feature_maps": ({"a": np.ones((4, 4, 3))}, np.ones((8, 8, 1))),
    "filters": (TWO.T, (1, 2)),
    "grid": (TWO, (1, 2)),
    "search": (
        [{"settings": {}, "score": 2.0}, {"settings": {"rate": 0.5}, "score": 1.0}],
        {"rate": [0.3, 0.5]},
    ),
    "loss_by_model": (
        {"a": {"loss": SCORES}, "b": {"loss": SCORES, "val_loss": SCORES}},
    ),
    "loss_by_term": ({"loss": SCORES},),
    "losses_by_step": ({"a": TWO, "b": 2 * TWO}, TWO),
    "manifold": (np.ones((9, 4)), np.linspace(-1, 1, 3), (2, 2)),
    "maps": ({"a": TWO}, np.arange(12) % 3, 4, TWO, (2, 1)),
    "precision_recall": ({"a": (SCORES + 0.1, SCORES)},),
    "reconstructions": (TWO, TWO / 2, (2, 1), 10, {"PCA": TWO / 3}),
    "singular_values": ({"a": TWO + 1},),
}


def of_kind(values, convert):
    """Arguments with another kind in the place of every array."""
    if isinstance(values, dict):
        return {name: of_kind(one, convert) for name, one in values.items()}
    if isinstance(values, tuple) and any(isinstance(one, np.ndarray) for one in values):
        return tuple(of_kind(one, convert) for one in values)
    return convert(values) if isinstance(values, np.ndarray) else values


@pytest.mark.parametrize("name", plots.__all__)
@pytest.mark.parametrize(
    "convert",
    [
        pytest.param(tf.constant, id="tensors"),
        slow(lambda one: keras.Variable(one, dtype=str(one.dtype)), id="variables"),
        slow(lambda one: one.tolist(), id="lists"),
    ],
)
def test_every_plot_takes_what_the_library_gives(name, convert):
    of_arrays, others = (
        getattr(plots, name)(*arguments)
        for arguments in (CALLS[name], of_kind(CALLS[name], convert))
    )
    assert isinstance(others, Figure)
    found, expected = ([drawn(axis) for axis in f.axes] for f in (others, of_arrays))
    assert found == expected


def drawn(axis):
    """Numbers that an axis shows."""
    lines = [line.get_xydata().tolist() for line in axis.lines]
    images = [np.ma.filled(one.get_array(), -1).tolist() for one in axis.images]
    points = [np.asarray(one.get_offsets()).tolist() for one in axis.collections]
    return lines, images, points, [patch.get_bbox().bounds for patch in axis.patches]


def test_every_function_is_called():
    public = {
        name for name in plots.__all__ if inspect.isfunction(getattr(plots, name))
    }
    assert public == {*CALLS}


def test_a_notebook_shows_a_figure_as_a_picture():
    figure = plots.code_scatter(TWO)
    assert figure._repr_png_().startswith(b"\x89PNG\r\n\x1a\n")


def test_half_precision_is_drawn():
    codes = tf.constant([[0.5, 1.0], [2.0, 0.0]], "bfloat16")
    (points,) = plots.code_scatter(codes).axes[0].collections
    np.testing.assert_array_equal(points.get_offsets(), [[0.5, 1.0], [2.0, 0.0]])


def test_the_kernel_of_a_convolution_tells_its_own_shape():
    kernel = keras.layers.Conv2D(6, 3)
    kernel.build((None, 8, 8, 1))
    (axis, _) = plots.filters(kernel.kernel).axes
    order = np.argsort(-np.linalg.norm(np.reshape(kernel.kernel, (9, 6)), axis=0))
    expected = np.asarray(kernel.kernel)[..., 0, order[1]]
    np.testing.assert_allclose(tile(axis, 0, 1, 3, 3), expected)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda x: plots.grid(x, (28, 28)), r"has 784, for examples of 64 values"),
        (lambda x: plots.grid(x, 8), "must be a height, a width"),
        (lambda x: plots.grid(x, (8, 4, 2)), "1, 3 or 4 channels"),
        (lambda x: plots.filters(x.T), "`image_shape` must be given"),
        (lambda x: plots.code_scatter(x, [1, 2]), "one label a code"),
        (lambda x: plots.reconstructions(x, x[:, :3]), "examples of one shape"),
    ],
)
def test_what_does_not_fit_is_refused(draw, words, vectors):
    with pytest.raises(ValueError, match=words):
        draw(vectors)


def tile(axis, row, column, height, width, room=0):
    """One picture of a mosaic, whose gaps are a fourteenth of the width or 1."""
    gap = max(1, width // 14)
    top, left = row * (height + gap + room), column * (width + gap)
    image = np.asarray(axis.images[0].get_array())
    return image[top : top + height, left : left + width]


def test_reconstructions_stand_under_their_originals_with_their_errors(vectors):
    beside = {"PCA, 3 components": vectors / 4}
    figure = plots.reconstructions(vectors, vectors / 2, (8, 8, 1), beside=beside)
    (axis,) = figure.axes
    for row, scale in enumerate((1, 2, 4)):
        found = tile(axis, row, 3, 8, 8, room=2)
        np.testing.assert_allclose(found, vectors[3].reshape(8, 8) / scale)
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert dict(zip(axis.get_yticks(), labels, strict=True)) == {
        4: "original",
        15: "reconstruction",
        26: "PCA, 3 components",
    }
    texts = [text.get_text() for text in axis.texts]
    assert len(texts) == 20
    assert texts[3] == f"{np.mean(vectors[3] ** 2) / 4:.3g}"
    assert texts[13] == f"{np.mean(vectors[3] ** 2) * 9 / 16:.3g}"


def test_vectors_without_an_image_shape_are_curves(vectors):
    figure = plots.reconstructions(vectors, vectors / 2, None)
    assert len(figure.axes) == 4
    original, rebuilt = figure.axes[2].lines
    np.testing.assert_array_equal(original.get_ydata(), vectors[2])
    np.testing.assert_array_equal(rebuilt.get_ydata(), vectors[2] / 2)


def test_tables_are_bars_with_the_names_of_their_columns():
    table = np.random.default_rng(0).normal(size=(6, 3))
    figure = plots.reconstructions(table, table / 2, names=["size", "price", "age"])
    assert len(figure.axes) == 4
    axis = figure.axes[1]
    np.testing.assert_allclose([bar.get_width() for bar in axis.patches], table[1])
    np.testing.assert_allclose(axis.lines[0].get_xdata(), table[1] / 2)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["size", "price", "age"]
    assert axis.get_title().splitlines() == [
        "example 2",
        f"reconstruction: {np.mean(table[1] ** 2) / 4:.3g}",
    ]


def test_a_series_has_a_row_of_panels_a_feature():
    series = np.random.default_rng(0).normal(size=(3, 20, 2))
    figure = plots.reconstructions(series, series / 2, names=["flow", "speed"])
    axes = np.reshape(figure.axes, (2, 3))
    assert [row[0].get_ylabel() for row in axes] == ["flow", "speed"]
    original, rebuilt = axes[1, 2].lines
    np.testing.assert_array_equal(original.get_ydata(), series[2, :, 1])
    np.testing.assert_array_equal(rebuilt.get_ydata(), series[2, :, 1] / 2)


def test_a_series_of_many_features_says_how_many_are_shown():
    series = np.random.default_rng(0).normal(size=(1, 20, 30))
    figure = plots.examples({"one": series, "other": series}, title="Sensors")
    assert len(figure.axes) == 8
    assert figure.get_suptitle() == "Sensors, first 8 of 30 features"


def test_values_beyond_grey_levels_are_drawn_by_their_range(vectors):
    (axis,) = plots.grid(vectors * 255, (8, 8)).axes
    assert axis.images[0].get_clim() == (0, 255)
    (axis,) = plots.grid(vectors * 1.2 - 0.1, (8, 8)).axes
    assert axis.images[0].get_clim() == (0, 1)


def test_at_most_three_panels_are_side_by_side():
    history = {name: [2.0, 1.0] for name in ("elbo", "kl", "loss", "a_b", "c")}
    figure = plots.loss_by_term(history)
    assert [axis.get_ylabel() for axis in figure.axes] == [
        *("loss", "elbo", "kl", "a b", "c"),
        "",
    ]
    grid = figure.axes[0].get_subplotspec().get_gridspec()
    assert (grid.nrows, grid.ncols) == (2, 3)
    width, height = figure.get_size_inches()
    assert width <= 13
    assert height <= 7


@pytest.mark.parametrize("epochs", [1, 3, 8, 60, 150])
def test_epochs_are_whole_numbers(epochs):
    (axis,) = plots.loss_by_term({"loss": np.ones(epochs)}).axes
    ticks = axis.get_xticks()
    assert (ticks == np.round(ticks)).all()
    low, high = axis.get_xlim()
    assert ((ticks >= low) & (ticks <= high)).sum() >= min(epochs, 3)


def test_each_term_has_its_curves():
    history = {"epoch": [1, 2], "loss": [3.0, 2.0], "reconstruction": [2.0, 1.5]}
    history["penalty"] = [1.0, 0.5]
    history |= {f"val_{name}": values for name, values in history.items()}
    del history["val_epoch"]
    figure = plots.loss_by_term(history)
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["loss", "reconstruction", "penalty"]
    np.testing.assert_array_equal(figure.axes[2].lines[0].get_ydata(), [1.0, 0.5])


def test_the_layers_of_a_pretraining_have_curves_of_their_own():
    nan = float("nan")
    history = {"layer": [1, 1, 2, nan], "loss": [4.0, 3.0, 9.0, 2.0]}
    history["val_loss"] = [nan, nan, nan, 2.5]  # layers trained ahead have none
    (axis,) = plots.loss_by_term(history).axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in axis.lines}
    assert lines == {
        "layer 1, training": [[1, 4], [2, 3]],
        "layer 2, training": [[3, 9]],
        "whole, training": [[4, 2]],
        "whole, validation": [[4, 2.5]],
    }


def test_a_loss_of_one_term_is_drawn_once():
    history = {name: [2.0, 1.0] for name in ("loss", "reconstruction")}
    history |= {f"val_{name}": values for name, values in history.items()}
    assert [axis.get_ylabel() for axis in plots.loss_by_term(history).axes] == [
        "reconstruction"
    ]


@pytest.mark.parametrize(
    ("size", "labels"),
    [
        (1, ["code 1", "example"]),
        (2, ["code 1", "code 2"]),
        (3, ["code 1", "code 2", "code 3"]),
    ],
)
def test_narrow_codes_are_drawn_as_they_are(size, labels):
    codes = np.random.default_rng(0).normal(size=(30, size))
    axis = plots.code_scatter(codes).axes[0]
    shown = [axis.get_xlabel(), axis.get_ylabel()]
    shown += [axis.get_zlabel()] if size == 3 else []
    assert shown == labels


def test_wide_codes_are_projected_and_say_so():
    codes = np.random.default_rng(0).normal(size=(30, 9))
    axis = plots.code_scatter(codes).axes[0]
    assert axis.get_xlabel().startswith("component 1 of the codes (")


def test_the_colour_bar_names_the_labels_there_are():
    codes = np.random.default_rng(0).normal(size=(30, 2))
    labels = np.repeat([3, 5, 9], 10)
    bar = plots.code_scatter(codes, labels).axes[1]
    assert [tick.get_text() for tick in bar.get_yticklabels()] == ["3", "5", "9"]


def test_classes_are_named_where_they_lie():
    codes = np.repeat([[0.0, 0.0], [5.0, 5.0], [9.0, 0.0]], 10, axis=0)
    names = np.repeat(["cat", "dog", "owl"], 10)
    axis, bar = plots.code_scatter(codes, names).axes
    found = {text.get_text(): text.get_position() for text in axis.texts}
    assert found == {"cat": (0, 0), "dog": (5, 5), "owl": (9, 0)}
    shown = [tick.get_text() for tick in bar.get_yticklabels()]
    assert shown == ["cat", "dog", "owl"]


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1)])
def test_a_model_of_two_codes_draws_its_manifold(shape):
    networks = tfae.networks.variational(64, [4], latent_dim=2)
    model = tfae.VariationalAutoencoder(*networks)
    model.build((None, 64))
    (axis,) = model.manifold(shape, count=3).axes
    expected = model.decode(np.zeros((1, 2), "float32"))
    np.testing.assert_allclose(
        tile(axis, 1, 1, 8, 8), np.reshape(expected, (8, 8)), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("latent_dim", "shape", "words"),
    [(2, None, "`image_shape` is required"), (3, (8, 8), "latent_dim=2")],
)
def test_a_manifold_needs_two_codes_of_images(latent_dim, shape, words):
    networks = tfae.networks.variational(64, [4], latent_dim=latent_dim)
    model = tfae.VariationalAutoencoder(*networks)
    model.build((None, 64))
    with pytest.raises(ValueError, match=words):
        model.manifold(shape)


@pytest.mark.parametrize("channels", [1, 3])
def test_largest_filters_come_first(channels):
    kernel = np.random.default_rng(0).normal(size=(4 * 5 * channels, 20))
    kernel[:, 7] *= 10
    axis = plots.filters(kernel, (4, 5, channels), count=18).axes[0]
    scale = 1 if channels == 1 else 2 * np.abs(kernel).max()
    offset = 0 if channels == 1 else 0.5
    order = np.argsort(-np.linalg.norm(kernel, axis=0))
    assert order[0] == 7
    for rank, place in ((0, (0, 0)), (15, (0, 15)), (17, (1, 1))):
        expected = kernel[:, order[rank]].reshape(4, 5, channels).squeeze()
        found = tile(axis, *place, 4, 5)
        np.testing.assert_allclose(found, offset + expected / scale)
    # Between pictures and where there are none, the white background shows.
    image = np.ma.filled(axis.images[0].get_array(), np.nan)
    for empty in (image[4], image[:, 5], tile(axis, 1, 2, 4, 5)):
        assert (np.isnan(empty) if channels == 1 else empty == 1).all()


def test_rows_of_examples_have_their_labels(vectors):
    rows = {"corrupted": vectors / 2, "denoised": vectors / 3, "clean": vectors}
    axis = plots.examples(rows, (8, 8, 1), "Denoising").axes[0]
    np.testing.assert_allclose(tile(axis, 1, 2, 8, 8), vectors[2].reshape(8, 8) / 3)
    assert [label.get_text() for label in axis.get_yticklabels()] == list(rows)


def test_histograms_show_shares_and_the_target():
    generator = np.random.default_rng(0)
    codes = {
        "plain": generator.random((50, 8)),
        "sparse": generator.random((50, 8)) / 9,
    }
    every, means = plots.activation_histograms(codes, target=0.1).axes
    labels = [text.get_text() for text in means.get_legend().get_texts()]
    assert set(labels) == {"plain", "sparse", "target 0.1"}
    for axis in (every, means):
        heights = sum(patch.get_height() for patch in axis.patches)
        assert heights == pytest.approx(2)  # each model's shares sum to 1


def test_losses_of_models_are_comparable_and_of_validation():
    both = {"loss": [3.0, 2.0], "reconstruction": [2.0, 1.0]}
    validated = both | {"val_loss": [4.0, 3.0], "val_reconstruction": [3.0, 2.0]}
    (axis,) = plots.loss_by_model({"a": both, "b": validated}).axes
    first, second = axis.lines
    np.testing.assert_array_equal(first.get_ydata(), [2, 1])
    np.testing.assert_array_equal(second.get_ydata(), [3, 2])
    assert [first.get_label(), second.get_label()] == ["a, training", "b, validation"]
    assert axis.get_ylabel() == "reconstruction loss"
    (axis,) = plots.loss_by_model({"a": both, "b": {"loss": [5.0]}}).axes
    assert [list(line.get_ydata()) for line in axis.lines] == [[3, 2], [5]]
    assert axis.get_ylabel() == "loss"


def test_singular_values_are_means_over_examples():
    spectra = {"wide": np.array([[4.0, 2.0], [2.0, 1.0]]), "narrow": np.ones((3, 2))}
    axis = plots.singular_values(spectra).axes[0]
    np.testing.assert_allclose(axis.lines[0].get_ydata(), [3.0, 1.5])
    assert [line.get_label() for line in axis.lines] == ["wide", "narrow"]


def test_a_grid_shows_each_example_in_its_place():
    values = np.arange(6)[:, None] * np.ones((6, 4)) / 5
    (axis,) = plots.grid(values, (2, 2, 1), columns=3).axes
    shown = axis.images[0].get_array()
    assert [shown[0, 3 * column] for column in range(3)] == pytest.approx([0, 0.2, 0.4])
    assert shown[3, 0] == pytest.approx(0.6)
    curves = plots.grid(values, columns=4)
    drawn = [axis.lines[0].get_ydata()[0] for axis in curves.axes if axis.lines]
    assert drawn == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_a_manifold_names_its_codes():
    codes = np.linspace(-2, 2, 5)
    values = np.repeat(np.arange(25)[:, None] / 25, 4, axis=1)
    (axis,) = plots.manifold(values, codes, (2, 2, 1)).axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert labels == ["-2.0", "-1.0", "0.0", "1.0", "2.0"]
    places = axis.get_yticks()
    assert places[0] > places[-1]  # the lowest value at the bottom
    shown = axis.images[0].get_array()
    assert shown[0, 0] == 0 and shown[-2, 0] == pytest.approx(20 / 25)


def test_two_ways_to_the_losses_are_drawn_with_their_difference():
    losses = {"one": [[4.0, 2.0], [3.0, 1.0]], "other": [[4.0, 2.5], [3.0, 1.0]]}
    differences = [[0.0, 0.25], [0.0, 0.0]]
    curves, below = plots.losses_by_step(losses, differences).axes
    drawn = [line.get_xydata().tolist() for line in curves.lines[:4]]
    assert drawn == [
        [[1, 4], [2, 2]],
        [[3, 3], [4, 1]],
        [[1, 4], [2, 2.5]],
        [[3, 3], [4, 1]],
    ]
    labels = [text.get_text() for text in curves.get_legend().get_texts()]
    assert labels == ["one", "other"]
    assert curves.lines[0].get_color() == curves.lines[1].get_color()
    assert curves.lines[0].get_color() != curves.lines[2].get_color()
    np.testing.assert_allclose(below.lines[0].get_xydata(), [[1, 0], [2, 0.25]])
    assert [axis.get_yscale() for axis in (curves, below)] == ["log", "log"]


def test_equal_losses_are_drawn_without_a_difference(tmp_path):
    losses = {name: [[1.0, -1.0]] for name in ("one", "other")}
    figure = plots.losses_by_step(losses, [[0.0, 0.0]])
    figure.savefig(tmp_path / "figure.png")
    assert [axis.get_yscale() for axis in figure.axes] == ["linear", "linear"]


def test_maps_have_the_colours_of_their_classes(vectors):
    labels = np.arange(64) % 3
    panels = {"one": vectors[:, 20:22], "other": vectors[:, 30:32]}
    figure = plots.maps(panels, labels, 2, vectors, (8, 8, 1))
    one, other, bar = figure.axes
    assert [axis.get_title() for axis in (one, other)] == ["one", "other"]
    np.testing.assert_array_equal(one.collections[0].get_offsets(), panels["one"])
    np.testing.assert_array_equal(other.collections[0].get_array(), labels)
    assert [text.get_text() for text in bar.get_yticklabels()] == ["0", "1", "2"]
    (frame,) = {
        tuple(box.patch.get_edgecolor())
        for box in one.artists
        if (box.xy == panels["one"][1]).all()
    }
    assert frame == tuple(one.collections[0].to_rgba([0, 1, 2])[labels[1]])
    assert len(plots.maps(panels).axes) == 2
    apart = plots.maps(panels, {"one": labels, "other": labels + 1}).axes
    assert apart[0].collections[0].get_array().max() == 2
    assert apart[1].collections[0].get_array().max() == 3


def test_precision_is_drawn_over_recall():
    curves = {"pixels": ([0.1, 1.0], [0.9, 0.3]), "codes": ([0.1, 1.0], [0.8, 0.5])}
    (axis,) = plots.precision_recall(curves).axes
    lines = {line.get_label(): line.get_ydata().tolist() for line in axis.lines}
    assert lines == {"pixels": [0.9, 0.3], "codes": [0.8, 0.5]}


@pytest.mark.parametrize(
    ("factor", "farthest"),
    [(1, 1), (1e-6, 2), (1e5, 20), (3e5, 90), (1, 1e7), (1e-4, 300), (7, 1e3)],
)
def test_numbers_at_scores_do_not_overlap(factor, farthest):
    scores = np.random.default_rng(0).lognormal(-3, 0.5, 200) * factor
    scores[:9] *= farthest
    labels = (np.arange(200) < 9).astype(int)
    figure = plots.detection(scores, float(np.median(scores)), labels)
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    low, high = sorted(axis.get_view_interval())
    ticks = [one for one in axis.get_major_ticks() if low <= one.get_loc() <= high]
    boxes = [one.label1.get_window_extent() for one in ticks]
    assert len(boxes) >= 2
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(boxes))
