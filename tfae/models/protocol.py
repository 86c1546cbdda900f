"""The protocol of models for the tools of the package, autoencoders or not.

A `keras.Model` with these attributes can be trained by recipe, measured, plotted,
saved, loaded and exported like the models of the package:

- `example_shape`: shape of an example, without the batch, once the model is built;
- `check_inputs(inputs, name)`: raises `ValueError` for an array it cannot take;
- `serving_signatures()`: dict from name to `tfae.models.signatures.Signature`;
- `serving_examples(inputs)`: values for the inputs of the signatures, by name;
- `measures`: dict from name to a function of the model, a `tfae.datasets.Part` and the
  shape of an image, or `None`, that returns figures by name;
- `reports`: dict from name to a function of the model, a `tfae.datasets.Split` and a
  title that returns a Matplotlib figure, or `None`.

Some tools require more, and raise `ValueError` for a model that lacks it:

- `encode(inputs)`, codes of a batch: probes, the comparison of several models, and the
PCA baseline, which is omitted without it;
- `maps(inputs)`, feature maps of a batch if they differ from the codes: the probe
`pooled_svm`;
- `coder()`, a network from inputs to codes: `tfae.fine_tuning` and `tfae finetune`;
- `sample(count, seed)`, new examples: `tfae sample`, which also passes a class if
`sample` takes `conditions`;
- `log_weights(inputs, samples, seed)`: `likelihood_samples` of a recipe;
- `decode(codes)`: `angle_to_pca` of a recipe;
- `encoder` and `decoder`: `center` of a recipe;
- `evaluation_batch_size`, batch size of the evaluation: 1,000 without it;
- `stages`, pairs of (encoding part, decoding part): greedy pretraining;
- `adapt(inputs)`: adapts the model to the training part before `fit`, for example to
its vocabulary;
- `takes_labels`, whether `fit` and `evaluate` take labels as targets, -1 for unknown
  ones: `labels` of a recipe;
- `remember(inputs, labels)`: stores the labelled examples before `fit` on a stream;
- `target_activation`, the target mean activation of a code unit: plotted by the
comparison of several models.

A recipe constructs the model from the encoder and the decoder of its `network`, or from
the shape of an example, and trains it on batches of inputs without targets: an
autoencoder reconstructs them, and another model overrides `compute_loss` or
`train_step`. A class without a `build` method is built by a call on a symbolic batch.
`tfae.load` finds classes registered by `keras.saving.register_keras_serializable`.
"""

from tfae.arguments import has

PARTS = (
    "example_shape",
    "check_inputs",
    "serving_signatures",
    "serving_examples",
    "measures",
    "reports",
)


def check(model, subject, remedy):
    """Raises `ValueError` if `model` lacks attributes of the protocol.

    Args:
        model: Any object.
        subject: Start of the message, such as `"model.keras holds"`.
        remedy: Last sentence of the message.
    """
    missing = [name for name in PARTS if not has(model, name)]
    if missing:
        raise ValueError(
            f"{subject} a {type(model).__name__}, which is no model of tfae: it lacks "
            f"{', '.join(missing)}. {remedy}"
        )
