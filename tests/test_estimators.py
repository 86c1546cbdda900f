"""The estimators are those that scikit-learn's tools take."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import tfae

QUICK = {"hidden_units": (), "epochs": 2, "random_state": 0}


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 2)) @ rng.normal(size=(2, 5)) * [1, 10, 100, 1, 1]


@pytest.fixture
def array_api(monkeypatch):
    """Without it scikit-learn skips its checks of the array API."""
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")


@pytest.mark.slow
@pytest.mark.usefixtures("array_api", "eager")
@parametrize_with_checks([tfae.AutoencoderOutlierDetector(code_size=1, **QUICK)])
def test_scikit_learn_s_own_checks_pass(estimator, check):
    check(estimator)


@pytest.mark.slow
@pytest.mark.usefixtures("array_api", "eager")
@parametrize_with_checks([tfae.AutoencoderTransformer(code_size=1, **QUICK)])
def test_they_pass_for_the_transformer(estimator, check):
    check(estimator)


@pytest.mark.slow
def test_a_grid_is_searched_without_labels(rows):
    pipeline = make_pipeline(MinMaxScaler(), tfae.AutoencoderTransformer(epochs=40))
    search = GridSearchCV(
        pipeline, {"autoencodertransformer__code_size": [1, 2]}, cv=2
    ).fit(rows)
    assert search.best_params_ == {"autoencodertransformer__code_size": 2}
    assert search.transform(rows).shape == (200, 2)


def test_a_seed_repeats_and_another_does_not(rows):
    estimator = tfae.AutoencoderTransformer(**QUICK)
    first = estimator.fit_transform(rows)
    np.testing.assert_array_equal(clone(estimator).fit_transform(rows), first)
    other = clone(estimator).set_params(random_state=1).fit_transform(rows)
    assert np.abs(other - first).max() > 0.01


def test_fitted_estimators_are_pickled(rows):
    transformer = tfae.AutoencoderTransformer(**QUICK).fit(rows)
    again = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(again.transform(rows), transformer.transform(rows))
    detector = tfae.AutoencoderOutlierDetector(**QUICK).fit(rows)
    again = pickle.loads(pickle.dumps(detector))
    np.testing.assert_array_equal(
        again.decision_function(rows), detector.decision_function(rows)
    )


@pytest.mark.slow
def test_codes_are_decoded_in_units_of_the_columns(rows):
    transformer = tfae.AutoencoderTransformer(epochs=200, random_state=0).fit(rows)
    again = transformer.inverse_transform(transformer.transform(rows))
    error = ((again - rows) ** 2).mean(axis=0) / rows.var(axis=0)
    assert error.max() < 0.05
    assert -0.05 < transformer.score(rows) < 0
    assert [*transformer.get_feature_names_out()] == [
        "autoencodertransformer0",
        "autoencodertransformer1",
    ]


def test_a_false_alarm_rate_is_calibrated(rows):
    detector = tfae.AutoencoderOutlierDetector(
        false_alarm_rate=0.05, calibration=0.5, **QUICK
    ).fit(rows)
    outliers = rows[:50] + 100 * np.random.default_rng(1).normal(size=(50, 5))
    assert (detector.predict(outliers) == -1).mean() > 0.9
    np.testing.assert_array_equal(
        detector.predict(rows), detector.detector_.predict(rows)
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"contamination": 0}, "`contamination` must be in"),
        ({"contamination": 0.7}, "`contamination` must be in"),
        ({"false_alarm_rate": 2}, "`false_alarm_rate` must be in"),
        ({"false_alarm_rate": 0.001}, "at least 999 normal examples"),
        ({"code_size": 0}, "code_size"),
        ({"epochs": 1.5}, "epochs"),
        ({"scaling": "robust"}, "`scaling` must be standard"),
    ],
)
def test_wrong_arguments_are_refused(rows, arguments, words):
    with pytest.raises(ValueError, match=words):
        tfae.AutoencoderOutlierDetector(**{**QUICK, **arguments}).fit(rows)
