"""What Keras lacks for the training of a model on several devices."""

import tensorflow as tf


class OfDevices:
    """Mixin for models that train under a `tf.distribute.Strategy`.

    The class precedes `keras.Model` among the base classes.
    """

    def takes_first_batch(self):
        """Whether `fit` takes a batch from its data before the first step."""
        alone = self._distribute_strategy is None
        return not (alone or (self.built and not self._compile_metrics))

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        # Under a strategy Keras builds the model on the sum of a batch over replicas,
        # which fails if their parts are uneven.
        if self._distribute_strategy is None:
            return
        if not self.takes_first_batch():
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)
            return
        super()._maybe_symbolic_build(iterator, data_batch)

    def filled(self, batch):
        """A batch with a row of zeros, `filled` 0, where a replica got no example.

        A mean over no example is NaN. Means of rows that do not count are finite.
        """
        first = tf.nest.flatten(batch.inputs)[0]
        if self.distribute_strategy.num_replicas_in_sync == 1 or first.shape[0]:
            return batch
        missing = 1 - tf.minimum(tf.shape(first)[0], 1)

        def fill(one):
            if one is None:
                return None
            shape = tf.concat([[missing], tf.shape(one)[1:]], 0)
            return tf.ensure_shape(
                tf.concat([one, tf.zeros(shape, one.dtype)], 0), one.shape
            )

        data = (batch.inputs, batch.targets, batch.sample_weight)
        data = tf.nest.map_structure(fill, data)
        return type(batch)(*data, batch.drawn, 1 - missing)

    def _make_function(self, step_function):
        strategy, steps = self.distribute_strategy, self.steps_per_execution
        if strategy.num_replicas_in_sync > 1 and steps > 1:
            raise ValueError(
                "Steps on several devices are taken one by one. Received: "
                f"steps_per_execution={steps}. Call compile(steps_per_execution=1)."
            )
        if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
            return self._of_workers(step_function)
        return super()._make_function(step_function)

    def _of_workers(self, step_function):
        """Keras' function of an iterator, with one sum over workers for all logs.

        Keras sums each by itself, twice, and fails on scalars.
        """
        strategy = self.distribute_strategy

        def step(data):
            logs = step_function(data)
            shapes = [one.shape for one in logs.values()]
            flat = [tf.reshape(tf.cast(one, tf.float32), [-1]) for one in logs.values()]
            context = tf.distribute.get_replica_context()
            means = context.all_reduce("MEAN", tf.concat(flat, 0))
            parts = tf.split(means, [shape.num_elements() for shape in shapes])
            return dict(zip(logs, map(tf.reshape, parts, shapes), strict=True))

        step = self._autoconvert_optionals(step)

        def of_batch(data):
            logs = strategy.run(step, args=(data,))
            return {
                name: strategy.experimental_local_results(one)[0]
                for name, one in logs.items()
            }

        def of_iterator(iterator):
            return of_batch(iterator.get_next())

        if not self.run_eagerly:
            of_batch = tf.function(of_batch, reduce_retracing=True)
            of_iterator = tf.function(of_iterator, reduce_retracing=True)

        def function(iterator):
            if isinstance(iterator, tf.distribute.DistributedIterator):
                return of_iterator(iterator)
            return of_batch(next(iter(iterator)))

        return function
