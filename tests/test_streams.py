"""Each operation on each kind of stream, beside the same on the array."""

import itertools
import tracemalloc
from functools import partial

import grain
import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow, slow

import tfae
from tfae import batch_streams, datasets
from tfae.evaluation import measures, probes, retrieval
from tfae.pretraining import pretrain

COUNT, SIZE, WIDTH = 70, 32, 5
X = np.random.default_rng(0).random((COUNT, WIDTH)).astype("float32")
Y = np.arange(COUNT) % 3
# Of data whose number of batches Keras does not know.
ENDS = pytest.mark.filterwarnings("ignore:Your input ran out of data")
SHUFFLED = pytest.mark.filterwarnings("ignore:.shuffle=True. was passed")
pytestmark = [ENDS, SHUFFLED]


class Records:
    """Examples and labels by position, as Grain reads them."""

    def __init__(self, x, y=None):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, index):
        return self.x[index] if self.y is None else (self.x[index], self.y[index])


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y=None, end=True):
        super().__init__()
        self.x, self.y, self.end = x, y, end

    @property
    def num_batches(self):
        return -(-len(self.x) // SIZE) if self.end else None

    def __getitem__(self, index):
        part = slice(SIZE * index, SIZE * index + SIZE)
        return (self.x[part],) if self.y is None else (self.x[part], self.y[part])


class Loader:
    """A loader of one's own, which has no length."""

    def __init__(self, x, y=None):
        self.batches = Batches(x, y)

    def __iter__(self):
        return (self.batches[i] for i in range(self.batches.num_batches))


def of_tf(x, y=None):
    return tf.data.Dataset.from_tensor_slices(x if y is None else (x, y)).batch(SIZE)


def records(x, y=None):
    """As TensorFlow Datasets has them."""
    fields = {"image": x} if y is None else {"image": x, "label": y}
    return tf.data.Dataset.from_tensor_slices(fields).batch(SIZE)


def of_grain(x, y=None):
    return grain.MapDataset.source(Records(x, y)).batch(SIZE)


def of_grain_iterated(x, y=None):
    return grain.MapDataset.source(Records(x, y)).to_iter_dataset().batch(SIZE)


def loaded_by_grain(x, y=None, num_epochs=1):
    return grain.load(Records(x, y), batch_size=SIZE, num_epochs=num_epochs)


def generator(x, y=None):
    return iter_batches(Batches(x, y))


def iter_batches(batches):
    yield from (batches[index] for index in range(batches.num_batches))


AGAIN = {
    "tf.data": of_tf,
    "uncounted": lambda x, y=None: of_tf(x, y).filter(lambda *_: True),
    "PyDataset": Batches,
    "Grain's MapDataset": of_grain,
    "Grain's IterDataset": of_grain_iterated,
    "Grain's DataLoader": loaded_by_grain,
    "own loader": Loader,
    "records": records,
}
KINDS = {**AGAIN, "generator": generator}
ENDLESS = {
    "tf.data": lambda: of_tf(X, Y).repeat(),
    "PyDataset": lambda: Batches(X, Y, end=False),
    "Grain's MapDataset": lambda: of_grain(X, Y).repeat(),
    "Grain's DataLoader": lambda: loaded_by_grain(X, Y, num_epochs=None),
}


@pytest.fixture(autouse=True)
def graphs(eager):
    """Models run eagerly here, but for the tests of graphs."""


def autoencoder(activation="sigmoid"):
    keras.utils.set_random_seed(0)
    networks = tfae.networks.dense(WIDTH, [3], output_activation=activation)
    model = tfae.Autoencoder(*networks)
    model.compile("adam", "mse")
    model.build((None, WIDTH))
    return model


def stack():
    keras.utils.set_random_seed(0)
    model = tfae.StackedAutoencoder(WIDTH, [4, 3])
    model.compile("adam", "mse")
    return model


def trained(data, epochs=2, **options):
    model = autoencoder()
    model.fit(data, epochs=epochs, shuffle=False, verbose=0, **options)
    return [*model.get_weights(), model.optimizer.iterations.numpy()]


def greedy(data):
    model, callback = stack(), tfae.GreedyPretraining(epochs=1)
    options = {"shuffle": False, "verbose": 0, "callbacks": [callback]}
    model.fit(data, epochs=3, **options)
    return model.get_weights()


def cached(data):
    model = stack()
    pretrain(model, data, epochs=1, batch_size=SIZE, verbose=0)
    return model.get_weights()


def marginalized(data, depth=2):
    model = tfae.MarginalizedDenoisingAutoencoder(WIDTH, depth, regularization=1e-3)
    model.compile(loss="mse")
    options = {"batch_size": SIZE} if isinstance(data, np.ndarray) else {}
    model.fit(data, shuffle=False, verbose=0, **options)
    return model.get_weights()


def detected(data, score="mahalanobis"):
    model = tfae.PreprocessedModel(autoencoder("linear"), "standard")
    detector = tfae.Detector(model, score=score)
    options = {"epochs": 1, "shuffle": False, "verbose": 0}
    detector.fit(data, calibration=X[::2], false_alarm_rate=0.1, **options)
    return [detector.threshold.numpy(), detector.anomaly_scores(X)]


def scaled(how, data):
    model = tfae.PreprocessedModel(autoencoder(), how)
    model.adapt(data)
    return model.preprocessing.get_weights()


def probed(data):
    parts = [datasets.Part(*one) for one in data]
    found = probes.measure(autoencoder(), datasets.Split("some", *parts))
    return [found[name] for name in sorted(found)]


def measured(data):
    parts = [datasets.Part(*one) for one in data]
    split = datasets.Split("some", *parts)
    found = measures.measure(autoencoder(), split, wanted_probes=("knn",))
    assert "knn_error" in found
    return [found[name] for name in sorted(found)]


def indexed(data):
    index = retrieval.of(autoencoder(), data)
    assert index.belongs_to["examples"] == retrieval.examples_digest(X)
    return [index.codes]


# Operations that read the data once, and those that read them several times.
ONCE = {
    "fit": partial(trained, epochs=1, batch_size=SIZE),
    "evaluate": lambda data: [autoencoder().evaluate(data, verbose=0)],
    "predict": lambda data: [autoencoder().predict(data, verbose=0)],
    "encode": lambda data: [tfae.evaluation.encode(autoencoder(), data)],
    "score": lambda data: [tfae.Detector(autoencoder()).anomaly_scores(data)],
    "explain": lambda data: [tfae.Detector(autoencoder()).explain(data)],
    "adapt standard": partial(scaled, "standard"),
    "adapt minmax": partial(scaled, "minmax"),
    "adapt log": partial(scaled, "log"),
    "pretrain": cached,
}
REPEATED = {
    "fit of two epochs": partial(trained, batch_size=SIZE),
    "greedy": greedy,
    "mDA": marginalized,
    "detector": detected,
    "index": indexed,
}
LABELLED = {"probes": probed, "measures": measured}


def same(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


QUICK_KINDS = ("generator", "records")
CASES = [
    (one if one[1] in QUICK_KINDS and one[0] != "greedy" else slow(*one))
    for one in (*itertools.product(ONCE, KINDS), *itertools.product(REPEATED, AGAIN))
]


def without_batch_size(operation):
    """An operation for a stream, which has a batch size of its own."""
    known = {**ONCE, **REPEATED}[operation]
    if operation.startswith("fit"):
        options = {**known.keywords}
        del options["batch_size"]
        return partial(trained, **options)
    return known


@pytest.mark.parametrize(("operation", "kind"), CASES)
def test_an_operation_on_a_stream_is_that_on_the_array(operation, kind):
    on_array = {**ONCE, **REPEATED}[operation]
    same(without_batch_size(operation)(KINDS[kind](X)), on_array(X))


@pytest.mark.parametrize("kind", mostly_slow(AGAIN, *QUICK_KINDS))
@pytest.mark.parametrize("operation", LABELLED)
def test_figures_of_streams_with_labels_are_those_of_arrays(operation, kind):
    parts = (slice(0, 40), slice(40, 55), slice(55, 70))
    streams = [(AGAIN[kind](X[part], Y[part]),) for part in parts]
    arrays = [(X[part], Y[part]) for part in parts]
    same(LABELLED[operation](streams), LABELLED[operation](arrays))


@pytest.mark.parametrize("kind", mostly_slow(AGAIN, "Grain's IterDataset"))
def test_compiled_training_takes_as_many_steps_as_there_are_batches(kind, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", False)
    same(trained(AGAIN[kind](X)), trained(X, batch_size=SIZE))


@pytest.mark.parametrize("make", [autoencoder, slow(stack)])
@pytest.mark.parametrize("steps", [2, slow(1), slow(3)])
def test_several_steps_in_a_call_take_a_batch_each(make, steps, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", False)
    model = make()
    options = {"steps_per_execution": steps, "jit_compile": False}
    model.compile("adam", "mse", **options)
    endless = AGAIN["uncounted"](X).repeat()
    model.fit(endless, steps_per_epoch=6, epochs=2, shuffle=False, verbose=0)
    assert model.optimizer.iterations == 12


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("operation", [*ONCE, *REPEATED])
def test_a_stream_without_an_end_is_refused(operation, kind):
    with pytest.raises(ValueError, match="The stream must end") as error:
        without_batch_size(operation)(ENDLESS[kind]())
    assert "\n" not in str(error.value)


def test_a_stream_without_an_end_is_read_by_steps():
    found = trained(of_tf(X).repeat(), steps_per_epoch=3)
    same(found, trained(X, batch_size=SIZE))
    data = {"validation_data": of_tf(X).repeat()}
    with pytest.raises(ValueError, match="Give validation_steps"):
        trained(of_tf(X), **data)
    trained(of_tf(X), **data, validation_steps=1)


@pytest.mark.parametrize("kind", ENDLESS)
def test_probes_refuse_a_stream_without_an_end(kind):
    with pytest.raises(ValueError, match="The stream must end"):
        probed([(ENDLESS[kind](),)] * 3)


@pytest.mark.parametrize("operation", [*REPEATED, *LABELLED])
def test_a_generator_is_refused_where_data_are_read_again(operation):
    labelled = operation in LABELLED
    made = LABELLED[operation] if labelled else without_batch_size(operation)
    data = [(generator(X, Y),)] * 3 if labelled else generator(X)
    with pytest.raises(ValueError, match=r"read once|read before") as error:
        made(data)
    assert "\n" not in str(error.value)


def test_a_generator_validates_one_epoch():
    with pytest.raises(ValueError, match="Each of 2 epochs reads the data"):
        trained(X, validation_data=generator(X))
    trained(X, epochs=1, validation_data=generator(X))


UNFIT = {
    "labels as targets": (
        lambda: trained(of_grain(X, Y)),
        "Leave labels out",
    ),
    "no labels": (lambda: probed([(of_tf(X),)] * 3), "Classifiers need labels"),
    "labels of others": (
        lambda: list(batch_streams.batches(iter([(X, Y[:5])]))),
        "must hold a label for each example",
    ),
    "single examples": (
        lambda: trained(grain.MapDataset.source(Records(X))),
        "must give batches of examples",
    ),
    "numbers": (lambda: trained(range(5)), "Batch the stream"),
    "another width": (
        lambda: tfae.Detector(autoencoder()).anomaly_scores(of_grain(X[:, :3])),
        r"takes examples of shape \(5,\)",
    ),
    "another width of codes": (
        lambda: tfae.evaluation.encode(autoencoder(), Batches(X[:, :3])),
        r"takes examples of shape \(5,\)",
    ),
    "another width to scale": (
        lambda: scaled("standard", iter([X, X[:, :3]])),
        "must have 5 features",
    ),
    "values that are not finite": (
        lambda: tfae.Detector(autoencoder()).anomaly_scores(
            iter([X, np.full((2, WIDTH), np.nan)])
        ),
        "first in row 70",
    ),
    "no batch": (lambda: scaled("standard", iter([])), "without a batch"),
    "no batch of a loader": (lambda: trained(Loader(X[:0])), "without a batch"),
    "labels beside examples to calibrate on": (
        lambda: tfae.Detector(autoencoder()).calibrate(of_tf(X, Y)),
        "Labels in a stream would be ignored",
    ),
    "labels beside examples to adapt to": (
        lambda: tfae.Detector(autoencoder(), score="mahalanobis").adapt(of_grain(X, Y)),
        "Labels in a stream would be ignored",
    ),
    "a detector without examples to calibrate on": (
        lambda: tfae.Detector(autoencoder()).fit(of_grain(X)),
        "calibration=others",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_streams_that_do_not_fit_are_refused(case):
    made, message = UNFIT[case]
    with pytest.raises(ValueError, match=message) as error:
        made()
    assert "\n" not in str(error.value)


def classified(*data):
    keras.utils.set_random_seed(0)
    encoder, _ = tfae.networks.dense(WIDTH, [3])
    model = tfae.Classifier(encoder, 3)
    model.compile("adam", "sparse_categorical_crossentropy")
    whole = data if len(data) == 2 else data[0]
    options = {"shuffle": False, "verbose": 0, "validation_data": whole}
    found = model.fit(*data, epochs=2, **options).history
    steps = model.optimizer.iterations.numpy()
    return [*model.get_weights(), steps, found["loss"], found["val_loss"]]


@pytest.mark.parametrize("kind", mostly_slow(AGAIN, *QUICK_KINDS))
@pytest.mark.parametrize("eagerly", [True, slow(False)])
def test_a_classifier_learns_from_streams_as_from_arrays(kind, eagerly, monkeypatch):
    monkeypatch.setattr(keras.Model, "run_eagerly", eagerly)
    same(classified(AGAIN[kind](X, Y)), classified(X, Y))


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_classifier_refuses_a_stream_without_an_end(kind):
    with pytest.raises(ValueError, match="The stream must end"):
        classified(ENDLESS[kind]())


def test_detectors_leave_labels_of_records_out():
    found = [
        tfae.Detector(autoencoder()).calibrate(data, false_alarm_rate=0.1).threshold
        for data in (records(X, Y), X)
    ]
    same(*[[one.numpy()] for one in found])


class Made:
    """A stream of `count` batches that are made as they are asked for."""

    def __init__(self, count, width, labels=False):
        self.count, self.width, self.labels = count, width, labels

    def __iter__(self):
        generator = np.random.default_rng(0)
        for _ in range(self.count):
            x = generator.random((100, self.width), "float32")
            yield (x, np.arange(100) % 2) if self.labels else x


WIDE = 200  # 80 kB a batch


def wide():
    model = tfae.Autoencoder(*tfae.networks.dense(WIDE, [2]))
    model.compile("adam", "mse")
    model.build((None, WIDE))
    return model


def of_codes(count):
    small = datasets.Part(Made(1, WIDE, labels=True))
    split = datasets.Split("some", datasets.Part(Made(count, WIDE, True)), small, small)
    probes.measure(wide(), split, ["linear_svm"])


def of_moments(count):
    model = tfae.MarginalizedDenoisingAutoencoder(WIDE, regularization=1e-3)
    model.compile(loss="mse")
    model.fit(Made(count, WIDE), verbose=0)


def mahalanobis():
    return tfae.Detector(wide(), score="mahalanobis")


def scaling():
    return tfae.layers.FeatureScaling("standard")


READERS = {
    "mDA": of_moments,
    "probes": of_codes,
    "score": lambda count: tfae.Detector(wide()).anomaly_scores(Made(count, WIDE)),
    "adapt": lambda count: mahalanobis().adapt(Made(count, WIDE)),
    "scaling": lambda count: scaling().adapt(Made(count, WIDE)),
}


@pytest.mark.parametrize("name", mostly_slow(READERS, "probes", "score"))
def test_memory_does_not_grow_with_a_stream(name):
    peaks = []
    READERS[name](2)  # what is imported and traced once
    for count in (10, 100):
        tracemalloc.start()
        READERS[name](count)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # The longer stream holds 7 MB more.
    assert peaks[1] - peaks[0] < 2**20


@pytest.mark.parametrize("drop_remainder", [False, True])
@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("count", [33, 64, 65, 70])
def test_workers_share_the_examples_of_an_epoch(count, workers, drop_remainder):
    x = np.arange(count, dtype="float32")[:, np.newaxis]
    options = {"seed": 3, "drop_remainder": drop_remainder, "first_epoch": 2}
    pipelines = [
        datasets.batches(x, 16, shard=(worker, workers), **options)
        for worker in range(workers)
    ]
    for _ in range(2):  # epochs
        shares = [[*pipeline] for pipeline in pipelines]
        assert {len(share) for share in shares} == {pipelines[0].epochs.steps}
        seen = [float(one) for share in shares for part in share for one in part[:, 0]]
        assert len({*seen}) == len(seen)
        if not drop_remainder:
            assert sorted(seen) == [*range(count)]


@pytest.mark.parametrize("shard", [(2, 2), (0, 71)])
def test_a_worker_that_is_none_of_them_is_refused(shard):
    with pytest.raises(ValueError, match="`shard` must be the index of a worker"):
        datasets.batches(X, 16, shard=shard)


@pytest.mark.parametrize("count", [64, 68, 70])
def test_the_shares_of_a_pipeline_make_its_batches(count):
    x = np.arange(count, dtype="float32")[:, np.newaxis]
    pipeline = datasets.batches(x, 16, seed=3, first_epoch=2)
    shares = [iter(pipeline.epochs.share(worker, 4)) for worker in range(4)]
    for _ in range(2):  # epochs
        for batch in pipeline:
            parts = np.concatenate([next(share) for share in shares])
            assert sorted(parts.ravel()) == sorted(batch.numpy().ravel())


@pytest.mark.parametrize(("count", "workers"), [(70, 3), (66, 4)])
def test_a_pipeline_has_no_shares_that_would_not_make_its_batches(count, workers):
    x = np.zeros((count, 1), "float32")
    assert datasets.batches(x, 16).epochs.share(0, workers) is None
    assert datasets.batches(x, 16, shard=(0, 2)).epochs.share(0, 2) is None
