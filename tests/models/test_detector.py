"""A detector is a model, a score and a threshold, in one file and one graph."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from conftest import mostly_slow

import tfae
from tfae.evaluation import calibration as thresholds
from tfae.export import export
from tfae.models import rows
from tfae.models.anomaly_scores import SCORES
from tfae.serving.c_session import Session

UNITS = np.array([1.0, 10.0, 1000.0, 1e5])


def normal(count=400, seed=0):
    rng = np.random.default_rng(seed)
    return UNITS * (3 + rng.normal(size=(count, 2)) @ [[1, 0, 1, 1], [0, 1, 1, -1]])


def anomalies(count=40):
    return normal(count, 7) + UNITS * np.random.default_rng(1).normal(
        scale=4, size=(count, 4)
    )


def new_model(variational=False):
    if variational:
        networks = tfae.networks.variational(4, [8], latent_dim=2)
        inner = tfae.VariationalAutoencoder(*networks, likelihood="gaussian")
    else:
        networks = tfae.networks.dense(4, [8, 2], output_activation="linear")
        inner = tfae.Autoencoder(*networks)
    return tfae.PreprocessedModel(inner, "standard")


def fitted(score="reconstruction", epochs=3, **options):
    keras.utils.set_random_seed(0)
    model = new_model(score in ("likelihood", "elbo"))
    detector = tfae.Detector(model, score, **options)
    return detector.fit(normal(), false_alarm_rate=0.1, epochs=epochs, verbose=0)


@pytest.fixture(scope="module")
def detector():
    return fitted(epochs=40)


def test_anomalies_are_told(detector):
    figures, figure = detector.report(
        np.concatenate([normal(300, 5), anomalies()]), np.repeat([0, 1], [300, 40])
    )
    assert figures["auroc"] > 0.95
    assert figures["false_alarm_rate_low"] < 0.1 < figures["false_alarm_rate_high"]
    assert len(figure.axes) == 3
    _, figure = detector.report(normal(50, 5))
    assert len(figure.axes) == 1


def test_it_speaks_as_scikit_learn(detector):
    x = np.concatenate([normal(50, 5), anomalies()])
    scores = detector.anomaly_scores(x)
    np.testing.assert_array_equal(detector.score_samples(x), -scores)
    decisions = detector.decision_function(x)
    np.testing.assert_array_equal(decisions < 0, scores > float(detector.threshold))
    np.testing.assert_array_equal(detector.predict(x), np.where(decisions < 0, -1, 1))


@pytest.mark.slow
@pytest.mark.parametrize("score", mostly_slow(SCORES, "reconstruction"))
def test_one_file_and_one_graph_hold_it(score, tmp_path):
    options = {"feature_weights": "residuals"} if score == "reconstruction" else {}
    detector = fitted(score, **options)
    x = np.float32(np.concatenate([normal(50, 5), anomalies()]))
    expected = detector.anomaly_scores(x)
    detector.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_allclose(loaded.anomaly_scores(x), expected, rtol=1e-6)
    np.testing.assert_array_equal(loaded.predict(x), detector.predict(x))
    assert loaded.false_alarm_rate == 0.1
    session = Session(export(loaded, tmp_path / "detector", examples=x))
    answer = session.run("detect", {"inputs": x})
    np.testing.assert_allclose(answer["score"], expected, rtol=1e-6)
    np.testing.assert_array_equal(answer["is_anomaly"] == 1, detector.predict(x) == -1)
    np.testing.assert_allclose(answer["contributions"], detector.explain(x), rtol=1e-4)


@pytest.mark.parametrize("score", mostly_slow(SCORES, "elbo"))
def test_contributions_sum_to_the_score(score):
    detector = fitted(score, epochs=1)
    x = normal(20, 5)
    parts = detector.explain(x)
    total = parts.reshape(len(x), -1).sum(axis=1)
    if score == "elbo":
        mean, log_variance = detector.members[0].model.encode_distribution(
            detector.members[0].prepared(x)
        )
        mean, log_variance = np.array(mean), np.array(log_variance)
        variance = np.exp(log_variance)
        total += (mean**2 + variance - 1 - log_variance).sum(axis=1) / 2
    np.testing.assert_allclose(detector.anomaly_scores(x), total, rtol=1e-4)


def test_scores_are_those_of_the_formulas():
    detector = fitted(epochs=1, feature_weights=[1.0, 2.0, 0.0, 1.0])
    x, model = normal(20, 5), detector.members[0]
    scaled = np.array(model.prepared(x))
    squares = (scaled - np.array(model.model(scaled))) ** 2
    np.testing.assert_allclose(
        detector.anomaly_scores(x), squares @ [1, 2, 0, 1] / 4, rtol=1e-5
    )
    detector = fitted("mahalanobis", epochs=1)
    codes = np.array(detector.members[0].encode(normal(50, 5)))
    train = np.random.default_rng(0).permutation(400)[:320]
    known = np.array(detector.members[0].encode(normal()[train]), "float64")
    covariance = np.cov(known, rowvar=False)
    covariance += 1e-3 * np.trace(covariance) / 2 * np.eye(2)
    away = codes - known.mean(axis=0)
    expected = np.einsum("ni,ij,nj->n", away, np.linalg.inv(covariance), away)
    found = detector.anomaly_scores(normal(50, 5))
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.slow
def test_residuals_weigh_features_by_how_well_they_are_known():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x = np.concatenate([normal(400)[:, :2], rng.normal(size=(400, 1))], axis=1)
    encoder, decoder = tfae.networks.dense(3, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), "standard")
    detector = tfae.Detector(model, feature_weights="residuals")
    detector.fit(x, false_alarm_rate=0.1, epochs=30, verbose=0)
    scaled = np.array(model.prepared(x))
    residuals = scaled - np.array(model.model(scaled))
    weights = np.array(detector.scores[0].weight)
    assert weights.mean() == pytest.approx(1)
    assert np.argmin(weights) == np.argmax(residuals.var(axis=0))


@pytest.mark.slow
def test_scores_of_several_models_are_averaged(tmp_path):
    models = [new_model(), new_model()]
    detector = tfae.Detector(models)
    detector.fit(normal(), false_alarm_rate=0.1, epochs=2, verbose=0)
    x = normal(20, 5)
    single = [tfae.Detector(one).anomaly_scores(x) for one in models]
    expected = np.mean(single, axis=0)
    np.testing.assert_allclose(detector.anomaly_scores(x), expected, rtol=1e-5)
    detector.save(tmp_path / "model.keras")
    loaded = tfae.load(tmp_path)
    np.testing.assert_allclose(loaded.anomaly_scores(x), expected, rtol=1e-5)


def test_a_rate_can_be_changed_without_data(detector):
    before = float(detector.threshold)
    detector.set_false_alarm_rate(0.02)
    assert float(detector.threshold) > before
    with pytest.raises(ValueError, match="at least 999"):
        detector.set_false_alarm_rate(0.001)
    assert detector.false_alarm_rate == 0.02
    detector.set_false_alarm_rate(0.1)
    assert float(detector.threshold) == before


def test_labels_may_choose_the_threshold(detector):
    x = np.concatenate([normal(100, 5), anomalies()])
    labels = np.repeat([0, 1], [100, 40])
    rate, threshold = detector.false_alarm_rate, float(detector.threshold)
    scores = detector.calibration_scores
    detector.calibrate(x, labels, precision=0.9)
    flagged = detector.predict(x) == -1
    assert labels[flagged].mean() >= 0.9
    assert detector.false_alarm_rate is None
    detector._keep(threshold, scores, rate)


def test_labelled_anomalies_are_not_trained_on():
    x = np.concatenate([normal(), anomalies()])
    labels = np.repeat([0, 1], [400, 40])
    keras.utils.set_random_seed(0)
    found = tfae.Detector(new_model())
    found.fit(x, labels, false_alarm_rate=0.1, epochs=1, verbose=0)
    keras.utils.set_random_seed(0)
    expected = tfae.Detector(new_model())
    expected.fit(normal(), false_alarm_rate=0.1, epochs=1, verbose=0)
    assert float(found.threshold) == pytest.approx(float(expected.threshold), rel=1e-5)


def test_a_trained_model_only_needs_to_be_calibrated(detector):
    again = tfae.Detector(detector.members[0])
    with pytest.raises(ValueError, match="was not calibrated"):
        again.predict(normal(5))
    with pytest.raises(ValueError, match="was not calibrated"):
        again.serving_signatures()
    again.calibrate(normal(100, 9), false_alarm_rate=0.05)
    assert (again.predict(normal(100, 9)) == -1).mean() <= 0.05


@pytest.mark.slow
def test_images_are_explained_by_pixels(digits):
    encoder, decoder = tfae.networks.convolutional((8, 8, 1), [4])
    detector = tfae.Detector(tfae.Autoencoder(encoder, decoder))
    images = digits.train.inputs.reshape(-1, 8, 8, 1)
    detector.fit(images[:300], false_alarm_rate=0.05, epochs=1, verbose=0)
    assert detector.explain(images[:5]).shape == (5, 8, 8, 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"false_alarm_rate": 0}, r"`false_alarm_rate` must be in \(0, 1\)"),
        ({"false_alarm_rate": 0.001}, "at least 999 normal"),
        ({"calibration": 1.5}, "`calibration` must be a share"),
        ({"calibration": 400}, "`calibration` must be a share"),
        ({"y": np.arange(400)}, "Labels must be"),
        ({"seed": -1}, "seed"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_trained(options, words):
    detector = tfae.Detector(new_model())
    with pytest.raises(ValueError, match=words):
        detector.fit(normal(), verbose=0, **options)
    assert not detector.members[0].compiled


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: tfae.Detector([]), "Received: none"),
        (lambda: tfae.Detector(new_model(), "best"), "`score` must be reconstruction"),
        (lambda: tfae.Detector(new_model(), "elbo"), "a model with a likelihood"),
        (lambda: tfae.Detector(keras.Sequential()), "no model of tfae"),
        (
            lambda: fitted("mahalanobis", feature_weights="residuals"),
            "go with the reconstruction error",
        ),
        (lambda: fitted(feature_weights=[1.0, -1, 1, 1]), "numbers >= 0 of shape"),
    ],
)
def test_what_does_not_go_together_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.1])
def test_over_many_splits_the_realized_rate_is_within_its_bounds(detector, rate):
    held_out = detector.anomaly_scores(normal(1200, 11))
    rng, rates = np.random.default_rng(0), []
    for _ in range(200):
        order = rng.permutation(len(held_out))
        scores = held_out[order[:400]]
        threshold = thresholds.conformal_threshold(scores, rate)
        rates.append((held_out[order[400:]] > threshold).mean())
    # The splits share their examples, and so their mean is as good as that of a few.
    error = 3 * np.sqrt(rate * (1 - rate) / len(held_out))
    assert rate - 1 / 401 - error <= np.mean(rates) <= rate + error


def test_values_that_are_no_numbers_are_refused_or_flagged(detector):
    rows = normal(3, 5)
    for value in (np.nan, np.inf, 1e39):
        rows[1, 2] = value
        with pytest.raises(ValueError, match="the first in row 1"):
            detector.predict(rows)
    answer = detector.serving_signatures()["detect"].function(
        tf.constant([[np.nan, 0.0, 0.0, 0.0]], "float32")
    )
    assert int(answer["is_anomaly"][0]) == 1
    with pytest.raises(ValueError, match="must be finite"):
        thresholds.choose(np.array([1.0, np.nan]), None, 0.5)


@pytest.mark.slow
def test_a_model_that_was_compiled_is_scaled_all_the_same():
    model = new_model()
    model.compile("adam", "mse")
    tfae.Detector(model).fit(normal(), false_alarm_rate=0.1, epochs=1, verbose=0)
    center = np.array(model.preprocessing.center)
    np.testing.assert_allclose(center, normal().mean(axis=0), rtol=0.1)
    model.fit(normal(), epochs=1, verbose=0)
    tfae.Detector(model).fit(10 * normal(), false_alarm_rate=0.1, epochs=1, verbose=0)
    np.testing.assert_array_equal(model.preprocessing.center, center)


def test_scores_that_must_learn_are_not_used_before():
    model = fitted(epochs=1).members[0]
    for options in ({"score": "mahalanobis"}, {"feature_weights": "residuals"}):
        detector = tfae.Detector(model, **options)
        with pytest.raises(ValueError, match="must learn from normal examples"):
            detector.calibrate(normal(200, 9))
        detector.adapt(normal()).calibrate(normal(200, 9))
    with pytest.raises(ValueError, match="`feature_weights` must be residuals"):
        tfae.Detector(model, feature_weights="residual")


def test_a_distance_names_no_columns():
    names = {"a": UNITS[0], "b": UNITS[1], "c": UNITS[2], "d": UNITS[3]}
    table = dict(zip(names, normal().T, strict=True))
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(4, [8, 4], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    detector = tfae.Detector(model, "mahalanobis")
    detector.fit(table, false_alarm_rate=0.1, epochs=1, verbose=0)
    assert detector.feature_names is None
    assert detector.explain(table).shape == (400, 4)


@pytest.mark.slow
def test_models_that_explain_other_parts_are_not_averaged():
    models = [
        tfae.PreprocessedModel(
            tfae.Autoencoder(
                *tfae.networks.dense(4, [size], output_activation="linear")
            )
        )
        for size in (2, 3)
    ]
    with pytest.raises(ValueError, match="that explain the same parts"):
        tfae.Detector(models, "mahalanobis").fit(
            normal(), false_alarm_rate=0.1, epochs=1, verbose=0
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_a_quantized_detector_must_be_calibrated_again(tmp_path):
    table = {"a": [*range(300)], "b": ["x", "y", "z"] * 100}
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(encoding.width, [8], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    detector = tfae.Detector(model).fit(
        table, false_alarm_rate=0.1, epochs=1, verbose=0
    )
    before = detector.anomaly_scores(table)
    detector.quantize("int8")
    with pytest.raises(ValueError, match="has no threshold"):
        detector.predict(table)
    scores = detector.calibrate(table, false_alarm_rate=0.1).anomaly_scores(table)
    assert 0 < np.abs(scores - before).max() < 0.1
    detector.save(tmp_path / "detector.keras")
    loaded = tfae.load(tmp_path / "detector.keras")
    np.testing.assert_allclose(loaded.anomaly_scores(table), scores, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")
def test_a_quantized_model_of_raw_values_forgets_its_optimizer():
    networks = tfae.networks.dense(4, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), "standard")
    model.compile("adam", "mse", run_eagerly=True)
    model.adapt(normal(20))
    model.train_on_batch(normal(20))
    model.quantize("int8")
    # Saved once, whose state a file would else hold for variables that are gone.
    assert model.optimizer is model.model.optimizer
    known = 2 + 2 * len(model.trainable_variables)  # a counter, a rate and two moments
    assert len(model.optimizer.variables) == known


def test_a_stream_is_not_split_in_memory(tmp_path):
    np.save(tmp_path / "x.npy", normal(60))
    images = tfae.datasets.stream(tmp_path / "x.npy").train.inputs
    data = tf.data.Dataset.from_tensor_slices(normal(60)).batch(8)
    for stream in (images, data):
        with pytest.raises(ValueError, match=r"must be in memory.*calibration=others"):
            tfae.Detector(new_model()).fit(stream, verbose=0)
    model = new_model()
    model.adapt(normal())
    detector = tfae.Detector(model).adapt(images)
    detector.calibrate(images, false_alarm_rate=0.1)
    assert detector.anomaly_scores(images).shape == (49,)


def test_batches_of_tables_are_as_large_as_what_is_made_of_them(monkeypatch):
    monkeypatch.setattr(rows, "VALUES_AT_ONCE", 40)
    table = {"a": [*range(20)], "b": [f"{n % 10}" for n in range(20)]}
    encoding = tfae.layers.TableEncoding()
    encoding.adapt(table)
    networks = tfae.networks.dense(encoding.width, [2], output_activation="linear")
    model = tfae.PreprocessedModel(tfae.Autoencoder(*networks), encoding)
    found = [*tfae.Detector(model)._batches(encoding.rows(table))]
    assert len(found[0]["a"]) == 40 // encoding.width == 3
