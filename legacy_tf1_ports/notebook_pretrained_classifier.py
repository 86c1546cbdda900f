"""handson-ml chapter 15, the classifier with pretraining: 784-300-150-10 (program C).

As `notebook_classifier`, but its first two layers begin as those of `notebook_cached`,
and are not frozen. Run it with

    python -m legacy_tf1_ports.notebook_pretrained_classifier --data mnist
"""

import tempfile

import tensorflow as tf

from legacy_tf1_ports import (
    _command,
    _graph,
    notebook_cached,
    notebook_classifier,
)
from legacy_tf1_ports.notebook_classifier import build

v1 = tf.compat.v1

__all__ = ["build", "main"]


def main(arguments=None):
    """Pretrains unless a checkpoint is given, then trains as the classifier does."""
    options = _command.options(
        __doc__.splitlines()[0],
        notebook_classifier.EPOCHS,
        arguments,
        pretrained="checkpoint of notebook_cached, made first without it",
    )
    train, test = notebook_classifier.read(options.data)
    with tempfile.TemporaryDirectory() as folder:
        pretrained = options.pretrained
        if pretrained is None:
            pretrained = f"{folder}/cached"
            settings = ["--data", options.data, "--checkpoint", pretrained]
            settings += ["--epochs", str(options.epochs)]
            if options.seed is not None:
                settings += ["--seed", str(options.seed)]
            notebook_cached.main(settings)
        with _graph.session(options.seed) as session:
            program = build(train.images.shape[1])
            session.run(v1.global_variables_initializer())
            # Kernel and bias of the two hidden layers.
            try:
                v1.train.Saver(program.variables[:4]).restore(session, pretrained)
            except (tf.errors.OpError, ValueError) as error:
                reason = (str(error) or type(error).__name__).splitlines()[0]
                _command.refuse(
                    f"{pretrained} must be a checkpoint of notebook_cached on data of "
                    f"{train.images.shape[1]} features. Received: {reason}"
                )
            notebook_classifier.fit(session, program, train, test, options)


if __name__ == "__main__":
    main()
