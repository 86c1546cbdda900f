"""An anomaly detector: a trained model, a score and a calibrated threshold."""

import numbers
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfae import batch_streams, evaluation
from tfae.arguments import check_seed
from tfae.evaluation import calibration as thresholds
from tfae.models import rows
from tfae.models.decisions import Decisions
from tfae.models.detector_training import train
from tfae.models.preparing import as_tensors, inner_of, prepared_for
from tfae.models.scored_model import ScoredModel
from tfae.models.signatures import Signature
from tfae.reporting import detection, units
from tfae.types import ArrayLike, Config, Model


@keras.saving.register_keras_serializable(package="tfae")
class Detector(Decisions, ScoredModel):
    """Detects anomalies by a model's score and a threshold for a false-alarm rate.

    `fit` trains the model on one part of normal examples and calibrates the threshold
    on the other: the threshold is the ⌈(n + 1)(1 − α)⌉-th smallest of n scores, which a
    new normal example exceeds with probability at most α, the `false_alarm_rate`. The
    model, its input scaling, the score and the threshold are saved in one `.keras` file
    and exported as one graph, whose signature `detect` takes raw inputs and returns
    `score`, `is_anomaly` and `contributions`.

    Scores, high for anomalies:

    - `"reconstruction"`: the squared error, averaged over features by
      `feature_weights`;
    - `"likelihood"`: −log p(x | z) at the mean code, for a model with a likelihood;
    - `"elbo"`: the same plus KL(q(z | x) ‖ p(z)), minus the ELBO at that mean;
    - `"mahalanobis"`: the squared Mahalanobis distance of the code from those of the
      training examples.

    Reference:
        Angelopoulos & Bates, "Conformal Prediction: A Gentle Introduction", 2023, for
        the threshold; An & Cho, "Variational Autoencoder based Anomaly Detection using
        Reconstruction Probability", 2015, for the likelihood.

    Args:
        model: Autoencoder, or `tfae.PreprocessedModel` of one, which takes raw inputs;
            or a list of them, such as one per seed, whose scores are averaged.
        score: One of the names above.
        feature_weights: Weights of the squared error: an array of the shape of an
            input of the autoencoder, `"residuals"` for the inverse variances of the
            errors of normal examples, or `None` for 1.
        false_alarm_rate: Rate that a saved detector was calibrated to.
        adapted: Whether the score of a saved detector was adapted.
        **kwargs: `name`, as for `keras.Model`.

    Call arguments:
        inputs: Tensor of shape `(batch, ...)`, or another structure for the model.

    Returns:
        Scores, a tensor of shape `(batch,)`.

    Raises:
        ValueError: If the score does not support a model, or an argument is outside its
            range; in methods that detect anomalies, if there is no threshold yet.

    Example:
    >>> x = np.random.rand(500, 3) * [1, 10, 1000]
    >>> encoder, decoder = tfae.networks.dense(3, [2], output_activation="linear")
    >>> model = tfae.PreprocessedModel(tfae.Autoencoder(encoder, decoder), "standard")
    >>> detector = tfae.Detector(model)
    >>> detector = detector.fit(x, false_alarm_rate=0.05, epochs=2, verbose=0)
    >>> detector.predict(np.array([[0.5, 5.0, 9000.0]]))
    array([-1])
    """

    def __init__(
        self,
        model: Model | Sequence[Model],
        score: str = "reconstruction",
        feature_weights: str | ArrayLike | None = None,
        false_alarm_rate: float | None = None,
        adapted: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(model, score, feature_weights, **kwargs)
        self.threshold = self.add_weight(
            name="threshold", initializer="zeros", trainable=False
        )
        self.false_alarm_rate = false_alarm_rate
        self.adapted = bool(adapted)
        self.calibration_scores = None
        if all(one.built for one in self.members):
            self.build()

    def fit(
        self,
        x,
        y=None,
        calibration=0.2,
        false_alarm_rate: float = 0.01,
        seed: int = 0,
        in_order: bool = False,
        epochs: int = 50,
        **options,
    ) -> "Detector":
        """Trains on one part of the normal examples and calibrates on the other.

        Args:
            x: Normal examples, in the form that the model takes. They may be a stream
                if `calibration` are examples.
            y: Array of labels, 1 for anomalies, which are excluded; or `None`.
            calibration: Share of the examples to calibrate on, or their number; or
                other normal examples to calibrate on, in memory or a stream.
            false_alarm_rate: Float α in (0, 1).
            seed: Integer, seed of the random split.
            in_order: Boolean, whether to calibrate on the last examples, as for a time
                series, instead of random ones.
            epochs: Integer, passes over the training examples.
            **options: Further arguments of the model's `fit`. An uncompiled model is
                compiled with Adam, and with the squared error if it has no likelihood.

        Returns:
            The detector.
        """
        check_seed(seed=seed)
        if not isinstance(calibration, numbers.Real):
            return self._fit_apart(x, y, calibration, false_alarm_rate, epochs, options)
        rows.check_in_memory(x)
        x = self._taken(x)
        chosen = np.arange(rows.count(x))
        if y is not None:
            chosen = chosen[thresholds.normal(y, len(chosen))]
        held_out = rows.held_out(calibration, len(chosen))
        thresholds.rank(held_out, false_alarm_rate)  # checked before training
        if not in_order:
            chosen = np.random.default_rng(seed).permutation(chosen)
        to_train = rows.take(x, chosen[:-held_out])
        for one in self.members:
            train(one, to_train, self._batches, epochs, options)
        self.adapt(to_train)
        held_out = rows.take(x, chosen[-held_out:])
        return self.calibrate(held_out, false_alarm_rate=false_alarm_rate)

    def _fit_apart(self, x, y, others, false_alarm_rate, epochs, options):
        """Trains on `x`, which may be a stream, and calibrates on `others`."""
        if y is not None:
            raise ValueError(
                "Labels are for examples that are split. Received: labels, and other "
                "examples to calibrate on. Give normal examples alone."
            )
        batch_streams.check_again(x, "Training and adapting read the examples twice.")
        for one in self.members:
            train(one, x, self._batches, epochs, options)
        return self.adapt(x).calibrate(others, false_alarm_rate=false_alarm_rate)

    def adapt(self, x):
        """Adapts the score to normal examples, using the trained model.

        Returns:
            The detector.
        """
        x = rows.unlabelled(self._taken(x), self.encoding is None)
        if not self.built:
            self.build(rows.shape(x))
        for one, score in zip(self.members, self.scores, strict=True):
            batches = (prepared_for(one, as_tensors(part)) for part in self._batches(x))
            score.adapt(inner_of(one), batches)
        self.adapted = True
        return self

    def calibrate(
        self,
        x,
        labels: ArrayLike | None = None,
        false_alarm_rate: float | None = None,
        precision: float | None = None,
    ):
        """Sets the threshold from examples that the model was not trained on.

        Args:
            x: Examples: normal ones if there are no labels.
            labels: Array of labels, 1 for anomalies and 0 for normal examples, or
                `None`.
            false_alarm_rate: Float α in (0, 1), of normal examples. Defaults to .01 if
                there are no labels.
            precision: Float in (0, 1], with labels: chooses, among the thresholds that
                reach this precision, the one with the highest recall. By default labels
                choose the threshold with the highest F1.

        Returns:
            The detector.

        Raises:
            ValueError: If there are too few examples for the rate, or labels of one
                class.
        """
        if not self.adapted and any(one.learns for one in self.scores):
            raise ValueError(
                "The score must learn from normal examples. Received: a call before "
                "`adapt`. Call it with the examples that the model was trained on."
            )
        if labels is None:
            x = rows.unlabelled(x, self.encoding is None)
        scores = self.anomaly_scores(x)
        return self._keep(
            *thresholds.choose(scores, labels, false_alarm_rate, precision)
        )

    def quantize(self, mode=None, config: Config | None = None, **kwargs):
        """As `keras.Model.quantize`, for the models; requires a new `calibrate`."""
        for one in self.members:
            one.quantize(mode, config, **kwargs)
        self._scoring = self.calibration_scores = None

    @property
    def measures(self) -> Config:
        """The measurements of the first model and of the detector."""
        return {**super().measures, "detection": evaluation.detection_figures}

    @property
    def reports(self) -> Config:
        """The plots of the first model and of the detector."""
        found = dict(super().reports)
        if self.feature_weights is not None and "reconstructions" in found:
            found["reconstructions"] = units.unweighted(found["reconstructions"])
        return {**found, "detection": detection.of_split}

    def serving_signatures(self) -> Config:
        self.check_calibrated()
        shapes, dtypes = self.input_signature()

        def detect(*tensors):
            score, contributions = self.scored(self.of_tensors(tensors))
            # Also true for a score that is NaN.
            anomalous = ops.cast(ops.logical_not(score <= self.threshold), "int32")
            answer = {"score": score, "is_anomaly": anomalous}
            return {**answer, "contributions": contributions}

        signature = Signature(detect, shapes, {**dtypes, "is_anomaly": "int32"})
        return {"serving_default": signature, "detect": signature}

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "false_alarm_rate": self.false_alarm_rate,
            "adapted": self.adapted,
        }
