"""What `fit` keeps over epochs changes nothing but its speed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import slow

import tfae
from tfae.datasets.pipeline import epochs_of


def model_of(steps=1, jit_compile=False, **options):
    keras.utils.set_random_seed(0)
    model = tfae.Autoencoder(*tfae.networks.dense(64, [8]))
    model.build((None, 64))
    model.compile(
        keras.optimizers.SGD(0.1),
        "mse",
        jit_compile=jit_compile,
        steps_per_execution=steps,
        **options,
    )
    return model


def told_nothing(data):
    """The same batches, of which it is not known that they are a pipeline's."""
    return data.map(lambda batch: batch)


@pytest.mark.parametrize(
    ("steps", "jit_compile"),
    [(1, False), (5, False), (3, True), slow(32, True)],
)
def test_epochs_are_those_of_iterators_of_their_own(vectors, steps, jit_compile):
    found = []
    for kept in (True, False):
        model = model_of(*((steps, jit_compile) if kept else ()))
        data = tfae.batches(vectors, 15)  # the last is a partial one
        for count in (2, 1):  # the second `fit` goes on where the first ended
            history = model.fit(
                data if kept else told_nothing(data),
                epochs=count,
                shuffle=False,
                verbose=0,
            )
        found.append((history.history["loss"], model.get_weights()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_batches_may_be_stacked(vectors):
    epochs = epochs_of(tfae.batches(vectors, 15, np.arange(len(vectors))))
    stacks = iter(epochs.endless(3))
    batches = iter(epochs.endless())
    for sizes in ((3, 1, 1), (3, 1, 1)):
        for size in sizes:
            inputs, targets = next(stacks)
            assert len(inputs) == size
            for one, target in zip(inputs, targets, strict=True):
                expected = next(batches)
                np.testing.assert_array_equal(one, expected[0])
                np.testing.assert_array_equal(target, expected[1])


@pytest.mark.parametrize("as_arrays", [False, True])
def test_held_batches_give_the_figures_of_evaluate(vectors, as_arrays):
    train, valid = vectors[:40], vectors[40:]
    model = model_of(metrics=["mae"])
    data = valid if as_arrays else tfae.batches(valid, 10, shuffle=False)
    if as_arrays:
        data = (valid.astype("float64"), valid.astype("float64"))
    history = model.fit(
        train, validation_data=data, validation_batch_size=10, verbose=0
    ).history
    expected = model.evaluate(valid, batch_size=10, return_dict=True, verbose=0)
    for name, value in expected.items():
        assert history[f"val_{name}"] == pytest.approx([value], rel=1e-5), name


def test_callbacks_see_validation_as_of_keras(vectors):
    class Watch(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            seen.append("begin")

        def on_test_batch_end(self, batch, logs=None):
            seen.append(batch)

        def on_test_end(self, logs=None):
            seen.append(sorted(logs))

    found = []
    for data in (vectors, tf.data.Dataset.from_tensor_slices(vectors).batch(32)):
        seen = []
        model_of().fit(
            vectors, validation_data=data, epochs=2, callbacks=[Watch()], verbose=0
        )
        found.append(seen)
    assert found[0] == found[1]
    assert found[0][:2] == ["begin", 0]


def test_training_that_stops_within_an_epoch_begins_the_next_one_anew(vectors):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    data = tfae.batches(vectors, 16)
    model_of().fit(data, epochs=3, shuffle=False, callbacks=[Stop()], verbose=0)
    second = tfae.batches(vectors, 16, first_epoch=1)
    np.testing.assert_array_equal(next(iter(data)), next(iter(second)))


def test_values_out_of_range_are_refused_at_once(vectors):
    encoder, decoder = tfae.networks.dense(64, [8], output_activation="sigmoid")
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match="2"):
        model.fit(tfae.batches(2 + vectors, 16), shuffle=False, verbose=0)
