"""The fields of a recipe, and their checks."""

import dataclasses
import json

from tfae.arguments import (
    check_booleans,
    check_choice,
    check_integers,
    check_names,
    check_positive,
    shortened,
)
from tfae.types import Config

DICTS = (
    *("arguments", "network_arguments", "optimizer_arguments", "pretraining"),
    "detection",
)
PRECISIONS = ("mixed_float16", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One training run of one model.

    Attributes:
        name: `<variant>_<dataset>`.
        summary: One-line description.
        model: Class of `tfae.models`, or the import path of another, such as
            `"my_module.MyAutoencoder"`.
        arguments: Arguments of that class, except its networks and input size.
        network: Builder of `tfae.networks` that makes encoder and decoder for the shape
            of an example, or the import path of another; `None` if the class builds
            them itself.
        network_arguments: Arguments of the builder, except the shape.
        data: Name or path, as for `tfae.datasets.load`, or `None` for arrays passed to
            `tfae.run`.
        keep_shape: Whether examples keep their shape, such as `(height, width,
            channels)` of images or `(time, features)` of series, or become vectors.
        reading: Arguments of `tfae.datasets.stream`, such as `image_size`, to read a
            folder of images or an `.npy` file without holding it in memory; or, with a
            `window`, of `tfae.datasets.read_series`; or `None` for
            `tfae.datasets.load`.
        validation: Number of validation examples, or `None` for a tenth; or 0, as for
            `tfae.datasets.load`, if no setting is chosen on them.
        epochs, batch_size, shuffle: Length of the training, and its batches.
        passes: Passes over the data in an epoch, or `None` for one. The overhead of a
            Keras epoch is as large as many steps, which matters for few examples.
        optimizer: Name of a Keras optimizer.
        optimizer_arguments: Its arguments, except the learning rate.
        learning_rate: Learning rate; with `decay`, the initial one.
        decay: `"cosine"` over all `epochs`, down to a hundredth, so that a loaded model
            can continue training; the decay restarts for each pretrained layer. Or
            `None`.
        loss: Reconstruction loss, as for `compile`, or `None` if the model has a
            likelihood.
        scaling: Scaling of features, as for `tfae.layers.FeatureScaling`, or `None`. It
            becomes a part of the model, a `tfae.PreprocessedModel`, which takes raw
            values.
        binarize: Binarization of grey values, as for `tfae.datasets.binarize`, or
            `None`.
        labels: Number of training labels that the model uses, equally many per class,
            `"all"`, or `None` for a model without labels.
        patience: Epochs without a better validation loss before training stops and the
            best weights are restored, or `None`.
        gradient_accumulation_steps: Number of batches whose mean gradient makes one
            step of the optimizer, at least 2, or `None` for one: as a batch that many
            times as large, in less memory.
        precision: `"mixed_float16"` or `"mixed_bfloat16"`, in which layers compute
            while their weights stay float32, or `None` for float32.
        jit_compile: Whether XLA compiles the steps: some seconds at the start, faster
            epochs.
        center: Whether to call `tfae.networks.center` on the data before training.
        source: Paper or legacy script, and what is taken from it.
        references: `(figure, value, origin)` triples of published or computed figures
            that `tfae train` prints beside its own.
        angle_to_pca: Whether to measure the angle between the decoder's span and the
            principal subspace, which is meaningful for linear networks only.
        pretraining: Arguments of `tfae.GreedyPretraining`, or none: its phases are the
            first of `epochs`. With `cached` true, the layers are trained before these
            epochs, on activations kept in memory; with `validation` true, also on those
            of the validation part.
        fine_tuning: Arguments of `tfae.few_labels.compare`, or none: classifiers to
            train from the model and from scratch, and to measure.
        prior: Arguments of `fit_prior`, for a model with a trainable prior of its
            codes, or none.
        detection: Arguments of `tfae.Detector`, and the `false_alarm_rate` to which it
            is calibrated on the validation part; or none. Labels are 1 for anomalies,
            which are left out of the training and the validation part.
        likelihood_samples: Draws per example for the importance-weighted estimate of
            the likelihood, measured on the test part after training, or `None`.
        probes: Names of `tfae.evaluation.probes.PROBES` to measure after training.
        space: Space of settings that `tfae tune` searches by default, as in
            `tfae.recipes.space`, or none.

    Raises:
        ValueError: If the value of a field is invalid.
    """

    name: str
    summary: str
    model: str
    source: str
    data: str | None = None
    keep_shape: bool = False
    reading: dict | None = None
    arguments: dict = dataclasses.field(default_factory=dict)
    network: str | None = None
    network_arguments: dict = dataclasses.field(default_factory=dict)
    validation: int | None = None
    epochs: int = 10
    batch_size: int = 128
    shuffle: bool = True
    passes: int | None = None
    optimizer: str = "adam"
    optimizer_arguments: dict = dataclasses.field(default_factory=dict)
    learning_rate: float = 1e-3
    decay: str | None = None
    loss: str | None = "mse"
    scaling: str | None = None
    binarize: str | None = None
    labels: int | str | None = None
    patience: int | None = None
    gradient_accumulation_steps: int | None = None
    precision: str | None = None
    jit_compile: bool = True
    center: bool = False
    references: tuple = ()
    angle_to_pca: bool = False
    pretraining: dict = dataclasses.field(default_factory=dict)
    fine_tuning: dict = dataclasses.field(default_factory=dict)
    prior: dict = dataclasses.field(default_factory=dict)
    detection: dict = dataclasses.field(default_factory=dict)
    likelihood_samples: int | None = None
    probes: tuple = ()
    space: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        for name in DICTS:
            if not isinstance(getattr(self, name), dict):
                raise ValueError(
                    f"`{name}` must be a dict. Received: {name}="
                    f"{shortened(getattr(self, name))}"
                )
        if not isinstance(self.reading, dict | None):
            raise ValueError(
                "`reading` must be a dict or None. Received: reading="
                f"{shortened(self.reading)}"
            )
        check_integers(0, epochs=self.epochs)
        check_integers(batch_size=self.batch_size)
        if self.validation is not None:
            check_integers(0, validation=self.validation)
        counts = ("passes", "patience", "likelihood_samples")
        for name in counts:
            if getattr(self, name) is not None:
                check_integers(**{name: getattr(self, name)})
        accumulated = self.gradient_accumulation_steps
        if accumulated is not None:
            check_integers(2, gradient_accumulation_steps=accumulated)
        check_positive(learning_rate=self.learning_rate)
        if self.labels not in (None, "all"):
            check_integers(labels=self.labels)
        check_names(name=self.name, model=self.model, optimizer=self.optimizer)
        check_names(True, loss=self.loss, network=self.network, data=self.data)
        check_choice(("standard", "minmax", "log"), True, scaling=self.scaling)
        check_choice(("threshold", "fixed", "dynamic"), True, binarize=self.binarize)
        check_choice(("cosine",), True, decay=self.decay)
        check_choice(PRECISIONS, True, precision=self.precision)
        for name in ("shuffle", "jit_compile", "center", "keep_shape", "angle_to_pca"):
            check_booleans(**{name: getattr(self, name)})
            object.__setattr__(self, name, bool(getattr(self, name)))  # no NumPy type
        if self.binarize and (self.scaling or self.detection):
            raise ValueError(
                "`binarize` cannot be combined with scaling or detection, which take "
                f"raw values. Received: binarize={self.binarize!r}."
            )
        if self.detection and self.patience is not None:
            raise ValueError(
                "`patience` cannot be combined with detection: the validation part "
                "calibrates the threshold and must not choose the weights. Received: "
                f"patience={self.patience}."
            )
        if self.validation == 0 and (self.detection or self.patience is not None):
            raise ValueError(
                "`validation` must be positive if it calibrates a threshold or "
                "chooses the weights: the test part must not. Received: "
                "validation=0. Leave it out for a tenth."
            )
        cached = self.pretraining.get("cached", False)
        if self.epochs == 0 and not cached:
            raise ValueError(
                "`epochs` must be a positive integer, but where pretraining is cached. "
                "Received: epochs=0"
            )
        # Both refer to the epochs of a single training, not to several phases.
        for name in ("patience", "decay"):
            phased = self.pretraining and not cached
            if getattr(self, name) is not None and (phased or self.epochs == 0):
                raise ValueError(
                    f"`{name}` does not go with phases of pretraining, nor without "
                    f"epochs. Received: {name}={getattr(self, name)!r}. Leave it out, "
                    "or use cached pretraining and epochs after it."
                )

    def as_json(self) -> Config:
        """Dict of the fields as JSON values, with NumPy's objects as Python's.

        Raises:
            ValueError: If a field holds an object, such as a layer or a function.
        """
        found = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            try:
                text = json.dumps(value, default=lambda one: one.tolist())
            except (AttributeError, TypeError, ValueError) as error:
                raise ValueError(
                    f"`{field.name}` of a recipe must be plain data. Received: "
                    f"{value!r}. Give a function by its name, such as relu, and a "
                    "layer as a dict of class_name and config, as tfae.recipes.layer "
                    "makes one."
                ) from error
            found[field.name] = json.loads(text)
        return found


def layer(name: str, **config) -> Config:
    """A layer as plain data for `tfae.layers.get`."""
    return {"class_name": name, "config": config}
