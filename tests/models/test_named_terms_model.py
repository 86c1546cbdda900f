"""Several optimizers on the spine, and what is random in a step."""

import keras
import numpy as np
import pytest
from conftest import assert_same_weights
from keras import ops

import tfae


@keras.saving.register_keras_serializable(package="tests")
class Adversary(tfae.Autoencoder):
    """Codes that a critic cannot tell from noise; the critic learns by itself."""

    optimizer_names = ("critic",)

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(encoder, decoder, **kwargs)
        self.critic = keras.layers.Dense(1)

    def build(self, input_shape):
        super().build(input_shape)
        self.critic.build((None, *self.code_shape))

    def optimized_variables(self):
        return {"critic": self.critic.trainable_variables}

    def update(self, batch):
        codes = self.encode(batch.inputs)

        def of_critic():
            return ops.mean(ops.square(self.critic(codes))), None

        def of_networks():
            outputs, terms = self._all_terms(batch, training=True)
            return sum(terms.values()), (outputs, terms)

        self._minimize(of_critic, optimizer="critic")
        networks = self.encoder.trainable_variables + self.decoder.trainable_variables
        return self._report(batch, *self._minimize(of_networks, networks))


def new_model(loss="mse", optimizer=None, **options):
    keras.utils.set_random_seed(2)
    given = {} if optimizer is None else {"optimizers": {"critic": optimizer}}
    model = Adversary(*tfae.networks.dense(64, [8]), **given)
    model.compile(keras.optimizers.Adam(0.01), loss, **options)
    return model


def fit(model, inputs, **options):
    return model.fit(inputs, batch_size=32, shuffle=False, verbose=0, **options)


def given(model):
    """What the config of a model says of its optimizers."""
    return model.get_config().get("optimizers")


def moments(model):
    """State of both optimizers."""
    names = [*model.optimizer.variables, *model.optimizers["critic"].variables]
    return [np.array(variable) for variable in names]


def test_each_optimizer_trains_its_own_variables(vectors):
    model = new_model(optimizer=keras.optimizers.SGD(0.0), run_eagerly=True)
    model.build((None, 64))
    critic = model.critic.get_weights()
    before = model.encoder.get_weights()
    fit(model, vectors)
    assert (model.encoder.get_weights()[0] != before[0]).any()
    np.testing.assert_array_equal(model.critic.get_weights()[0], critic[0])
    assert isinstance(model.optimizers["critic"], keras.optimizers.SGD)
    assert int(model.optimizers["critic"].iterations) == 2


def test_an_optimizer_that_is_not_given_is_as_the_compiled_one(vectors):
    model = new_model(run_eagerly=True)
    fit(model, vectors)
    critic = model.optimizers["critic"]
    assert isinstance(critic, keras.optimizers.Adam)
    assert float(critic.learning_rate) == pytest.approx(0.01)
    assert critic is not model.optimizer


@pytest.mark.parametrize("optimizer", [None, "rmsprop"])
def test_all_optimizers_are_saved_and_train_on(vectors, tmp_path, optimizer):
    model = new_model(optimizer=optimizer, run_eagerly=True)
    fit(model, vectors)
    model.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path / "model.keras")
    for found, expected in zip(moments(loaded), moments(model), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert given(loaded) == given(model)
    assert (given(model) is None) == (optimizer is None)
    for one in (model, loaded):
        fit(one, vectors)
    assert_same_weights(loaded, model)


def test_a_resumed_training_has_all_optimizers_back(vectors, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                raise KeyboardInterrupt

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    whole, stopped, resumed = models = [new_model(run_eagerly=True) for _ in range(3)]
    for model in models:
        model.build((None, 64))
    fit(whole, vectors, epochs=2)
    with pytest.raises(KeyboardInterrupt):
        fit(stopped, vectors, epochs=2, callbacks=[backup(), Stop()])
    fit(resumed, vectors, epochs=2, callbacks=[backup()])
    assert_same_weights(resumed, whole)
    for found, expected in zip(moments(resumed), moments(whole), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_divergence_gives_all_optimizers_back(vectors):
    model = new_model()
    fit(model, vectors)
    before = moments(model)
    spoilt = np.concatenate([vectors, np.full_like(vectors, np.nan)])
    with pytest.raises(ValueError, match="Training diverged"):
        fit(model, spoilt, callbacks=[tfae.StopOnDivergence()])
    for found, expected in zip(moments(model), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_half_precision_scales_the_loss_of_each(vectors):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = new_model(run_eagerly=True)
        fit(model, vectors)
    finally:
        keras.config.set_dtype_policy("float32")
    critic = model.optimizers["critic"]
    assert isinstance(critic, keras.optimizers.LossScaleOptimizer)
    assert np.isfinite(model.critic.get_weights()[0]).all()


def test_unknown_optimizers_are_refused():
    with pytest.raises(ValueError, match=r"no further optimizer 'judge'.*critic"):
        Adversary(*tfae.networks.dense(64, [8]), optimizers={"judge": "adam"})


@pytest.mark.slow
def test_several_steps_at_once_train_all_optimizers(vectors):
    models = [
        new_model(jit_compile=True, steps_per_execution=2),
        new_model(run_eagerly=True),
    ]
    for model in models:
        model.build((None, 64))
        data = tfae.batches(vectors, 16, shuffle=False)
        model.fit(data, epochs=2, shuffle=False, verbose=0)
    for found, expected in zip(*(moments(model) for model in models), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("optimizer", [None, "rmsprop"])
def test_a_renewed_model_has_no_optimizer_of_before(vectors, optimizer):
    model = new_model(optimizer=optimizer, run_eagerly=True)
    fit(model, vectors)
    model.renew_optimizer()
    critic = model.optimizers["critic"]
    assert type(critic).__name__ == ("RMSprop" if optimizer else "Adam")
    assert model.optimizer.iterations == critic.iterations == 0
    fit(model, vectors)
    assert model.optimizer.iterations == critic.iterations == 2
