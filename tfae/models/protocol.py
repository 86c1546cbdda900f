"""What the tools of the package ask of any model, an autoencoder or not.

A `keras.Model` that has these parts trains by recipe, is measured, drawn, saved, loaded
and exported as those of the package:

- `example_shape`: shape of an example, without the batch, once the model is built;
- `check_inputs(inputs, name)`: raises `ValueError` for an array that it cannot take;
- `serving_signatures()`: dict from name to `tfae.models.signatures.Signature`;
- `serving_examples(inputs)`: values for the inputs of the signatures, by name;
- `measures`: dict from name to a function of the model, a `tfae.datasets.Part` and the
  shape of an image, or `None`, that returns figures by name;
- `reports`: dict from name to a function of the model, a `tfae.datasets.Split` and a
  title that returns a Matplotlib figure, or `None`.

Some tools ask for more, and raise `ValueError` for a model that lacks it:

- `encode(inputs)`, codes of a batch: probes, the comparison of several models, and PCA
  beside the model, which is left out without it;
- `maps(inputs)`, feature maps of a batch where they are not the codes: the probe
  `pooled_svm`;
- `coder()`, a network from inputs to codes: `tfae.fine_tuning` and `tfae finetune`;
- `sample(count, seed)`, new examples: `tfae sample`, which gives a `sample` that takes
  `conditions` a class, too;
- `log_weights(inputs, samples, seed)`: `likelihood_samples` of a recipe;
- `decode(codes)`: `angle_to_pca` of a recipe;
- `encoder` and `decoder`: `center` of a recipe;
- `evaluation_batch_size`, examples that evaluation takes at once: 1,000 without it;
- `stages`, pairs of (what encodes, what undoes it): greedy pretraining;
- `adapt(inputs)`: what a model takes of the training part ahead of `fit`, such as a
  vocabulary;
- `takes_labels`, whether `fit` and `evaluate` take labels as targets, -1 for unknown
  ones: `labels` of a recipe;
- `remember(inputs, labels)`, the examples with labels ahead of `fit` on a stream;
- `target_activation`, the mean activation of a code unit that training aims at: drawn
  by the comparison of several models.

A recipe makes the model of the encoder and the decoder of its `network`, or else of the
shape of an example, and trains it on batches of inputs without targets: an autoencoder
rebuilds them, and another model overrides `compute_loss` or `train_step`. A class
without a `build` of its own is built by a call on a symbolic batch. `tfae.load` finds a
class once `keras.saving.register_keras_serializable` has registered it.
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
    """Raises `ValueError` if `model` lacks parts of the protocol.

    Args:
        model: Any object.
        subject: How the message begins, such as `"model.keras holds"`.
        remedy: Sentence that ends the message.
    """
    missing = [name for name in PARTS if not has(model, name)]
    if missing:
        raise ValueError(
            f"{subject} a {type(model).__name__}, which is no model of tfae: it lacks "
            f"{', '.join(missing)}. {remedy}"
        )
