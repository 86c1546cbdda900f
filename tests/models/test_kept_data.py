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
    [(1, False), slow(5, False), slow(3, True), slow(32, True)],
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


COMPILED = {"jit_compile": True, "steps_per_execution": 4}


@pytest.mark.slow
@pytest.mark.parametrize("first", ["fit", "train_on_batch", "eager"])
def test_a_model_that_first_trained_otherwise_trains_on(vectors, first):
    layers = [keras.Sequential([keras.layers.Dense(n)]) for n in (8, 64)]
    model = tfae.Autoencoder(*layers)  # built by its first batch
    model.compile("sgd", "mse", **COMPILED)
    data = tfae.batches(vectors, 10)
    if first == "train_on_batch":
        model.train_on_batch(vectors)
    elif first == "eager":
        model.run_eagerly = True
        model.fit(data, shuffle=False, verbose=0)
        model.run_eagerly = False
    for _ in range(2):
        model.fit(data, shuffle=False, verbose=0)
    steps = {"fit": 14, "train_on_batch": 15, "eager": 21}
    assert model.optimizer.iterations == steps[first]


@pytest.mark.slow
def test_a_train_function_may_be_remade_within_an_epoch(vectors):
    class Remake(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            for layer in layers:
                layer.trainable = True
            self.model.make_train_function(force=True)

    images = vectors.reshape(-1, 8, 8, 1)
    model = tfae.Autoencoder(*tfae.networks.convolutional((8, 8, 1), [2]))
    model.build((None, 8, 8, 1))
    layers = [*model.encoder.layers, *model.decoder.layers]
    for layer in layers:
        layer.trainable = False
    model.compile("sgd", "mse", **COMPILED)
    model.optimizer.build(model.weights)
    data = tfae.batches(images, 10)
    model.fit(data, shuffle=False, callbacks=[Remake()], verbose=0)
    assert model.optimizer.iterations == 7


def test_a_second_fit_may_have_fewer_batches(vectors):
    model = model_of(4, True)
    for count in (40, 20, 30):
        model.fit(tfae.batches(vectors[:count], 10), shuffle=False, verbose=0)
    assert model.optimizer.iterations == 9


@pytest.mark.slow
def test_tensorflow_saves_a_model_that_was_validated(vectors, tmp_path):
    model = model_of()
    model.fit(vectors, validation_data=(vectors, None), verbose=0)
    tf.saved_model.save(model, str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "saved_model.pb").exists()


class Several(keras.metrics.Metric):
    """A metric whose result is a dict."""

    def __init__(self):
        super().__init__(name="several")
        self.total = self.add_weight(initializer="zeros", name="total")

    def update_state(self, targets, outputs, sample_weight=None):
        self.total.assign_add(keras.ops.sum(targets))

    def result(self):
        return {"total": self.total, "twice": 2 * self.total}


class LastBatch(tfae.Autoencoder):
    def test_step(self, data):
        logs = super().test_step(data)
        return {name: 0.0 * value for name, value in logs.items()}


def test_logs_of_validation_are_those_of_keras(vectors):
    model = model_of(metrics=[Several()])
    history = model.fit(
        vectors, validation_data=(vectors, vectors), batch_size=16, verbose=0
    ).history
    assert history["val_total"] == pytest.approx([vectors.sum()])
    assert history["val_twice"] == pytest.approx([2 * vectors.sum()])
    model = LastBatch(*tfae.networks.dense(64, [8]))
    model.compile("sgd", "mse", jit_compile=False)
    history = model.fit(vectors, validation_data=(vectors, None), verbose=0).history
    found = model.evaluate(vectors, return_dict=True, verbose=0)
    assert history["val_loss"] == pytest.approx([found["loss"]])
    assert history["val_loss"][0] > 0


def test_an_interrupted_epoch_is_passed_over(vectors):
    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise KeyboardInterrupt

    data = tfae.batches(vectors, 16)
    with pytest.raises(KeyboardInterrupt):
        model_of().fit(data, shuffle=False, callbacks=[Interrupt()], verbose=0)
    second = tfae.batches(vectors, 16, first_epoch=1)
    np.testing.assert_array_equal(next(iter(data)), next(iter(second)))


def test_values_out_of_range_are_refused_at_once(vectors):
    encoder, decoder = tfae.networks.dense(64, [8], output_activation="sigmoid")
    model = tfae.Autoencoder(encoder, decoder)
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(ValueError, match="2"):
        model.fit(tfae.batches(2 + vectors, 16), shuffle=False, verbose=0)


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_an_empty_pipeline_is_refused(vectors):
    with pytest.raises(ValueError, match="The data ended before"):
        model_of().fit(tfae.batches(vectors[:0], 4), shuffle=False, verbose=0)


@pytest.mark.usefixtures("eager")
def test_a_callback_may_train_the_model(vectors):
    model, inner = model_of(), tfae.batches(vectors, 32)
    again = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: model.fit(inner, shuffle=False, verbose=0)
    )
    history = model.fit(inner, epochs=2, shuffle=False, verbose=0, callbacks=[again])
    assert np.isfinite(history.history["loss"]).all()
