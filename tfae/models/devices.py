"""What Keras lacks for the training of a model on several devices."""

import tensorflow as tf


class OfDevices:
    """Mixin for models that train under a `tf.distribute.Strategy`.

    The class precedes `keras.Model` among the base classes.
    """

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Under a strategy Keras builds the model on the sum of a batch over replicas,
        # which fails if their parts are uneven.
        if self._distribute_strategy is None:
            return
        if self.built and not self._compile_metrics:
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
            return
        super()._maybe_symbolic_build(iterator, data_batch)

    def _make_function(self, step_function):
        # Among workers Keras averages the logs over their first axis.
        workers = tf.distribute.MultiWorkerMirroredStrategy
        if isinstance(self.distribute_strategy, workers):
            of_replica = step_function

            def step_function(data):
                return tf.nest.map_structure(
                    lambda one: tf.reshape(one, [1]), of_replica(data)
                )

        return super()._make_function(step_function)
