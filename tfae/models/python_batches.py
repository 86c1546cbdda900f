"""Data as Python objects: lists, generators, loaders, and a PyDataset."""

import itertools
import types

import keras
import numpy as np
import tensorflow as tf

from tfae import batch_streams
from tfae.models.batch import Batch


class _Batches(keras.utils.PyDataset):
    """A `PyDataset` whose batches are tuples without `None`."""

    def __init__(self, inner, see=None, labels=False):
        super().__init__(inner.workers, inner.use_multiprocessing, inner.max_queue_size)
        self.inner, self.see, self.labels = inner, see, labels

    def __getitem__(self, index):
        batch = _as_tuple(self.inner[index], self.labels)
        if self.see is not None:
            # Keras takes the first batch here, before it starts other processes.
            self.see, see = None, self.see
            see(batch)
        return batch

    @property
    def num_batches(self):
        return self.inner.num_batches

    def on_epoch_begin(self):
        self.inner.on_epoch_begin()

    def on_epoch_end(self):
        self.inner.on_epoch_end()


def is_of_python(data):
    """Whether data are a `PyDataset` or a generator of batches."""
    return isinstance(data, keras.utils.PyDataset | types.GeneratorType)


def for_keras(data, labels=False):
    """A stream in a form that Keras and the models take; other data unchanged.

    Loaders, such as those of Grain, become a `tf.data.Dataset` whose every iterator
    reads the loader again.

    Args:
        data: Data of any kind.
        labels: Boolean, whether labels of records are targets.
    """
    if isinstance(data, tf.data.Dataset):
        return _of_records(data, labels)
    if isinstance(data, tf.distribute.DistributedDataset) or is_of_python(data):
        return data
    if not batch_streams.is_stream(data):
        return data
    if batch_streams.is_once(data):
        return (batch for batch in data)
    return _of_records(_dataset(data), labels)


def of_python(data, see=None, labels=False):
    """A generator or `PyDataset` of tuples without `None`.

    Args:
        data: Generator or `PyDataset`.
        see: Function to call on the first batch, or `None`.
        labels: Boolean, whether labels of records are targets.
    """
    if isinstance(data, keras.utils.PyDataset):
        return _Batches(data, see, labels)

    def batches():
        for index, batch in enumerate(data):
            batch = _as_tuple(batch, labels)
            if see is not None and index == 0:
                see(batch)
            yield batch

    return batches()


def _of_records(dataset, labels):
    """A `tf.data.Dataset` of images, and labels, if its elements are named records."""
    spec = dataset.element_spec
    if batch_streams.by_position(spec) is spec:
        return dataset
    return dataset.map(lambda batch: batch_streams.by_position(batch, labels))


def _dataset(loader):
    """A `tf.data.Dataset` of the batches of an object that is iterated repeatedly."""

    def read():
        return (keras.tree.map_structure(_numbers, _as_fields(one)) for one in loader)

    known = list(itertools.islice(read(), 1))
    if not known:
        raise ValueError("There must be examples. Received: a stream without a batch.")
    specs = keras.tree.map_structure(
        lambda one: tf.TensorSpec((None, *one.shape[1:]), one.dtype), known[0]
    )
    dataset = tf.data.Dataset.from_generator(read, output_signature=specs)
    if not hasattr(loader, "__len__") or batch_streams.is_endless(loader):
        return dataset
    return dataset.apply(tf.data.experimental.assert_cardinality(len(loader)))


def _as_fields(batch):
    """A batch as `_as_tuple` makes it, or a record unchanged, without lists."""
    fields = batch if isinstance(batch, dict) else _as_tuple(batch)
    return keras.tree.lists_to_tuples(fields)


def _numbers(values):
    array = np.asarray(values)
    if not array.ndim:
        raise ValueError(
            "A batch must be an array of examples, or a tuple of arrays. Received: "
            f"a {type(values).__name__}. Batch the stream."
        )
    return array


def _as_tuple(batch, labels=False):
    """A batch as a tuple without `None`: (inputs,), or with targets and weights."""
    inputs, targets, weights = Batch.of(batch_streams.by_position(batch, labels))[:3]
    if weights is not None:
        first = keras.tree.flatten(inputs)[0]
        return inputs, first if targets is None else targets, weights
    return (inputs,) if targets is None else (inputs, targets)


def as_array(values):
    """An array from a list of numbers or texts; other values unchanged."""
    if not isinstance(values, list):
        return values
    if any(getattr(one, "ndim", 0) for one in values):
        return values  # several arrays
    try:
        return np.asarray(values)
    except ValueError:  # of different lengths
        return np.asarray(values, object)


def uncounted(train_function, is_counted, steps):
    """Keras' train function without a step after the end of uncounted batches.

    At the end of an epoch of unknown length Keras runs a step that fails for want of a
    batch, but whose other parts count a step of the optimizer and draw random numbers.

    Args:
        train_function: Keras' function of an iterator.
        is_counted: Function without arguments that returns whether the number of
            batches is known.
        steps: Integer, number of steps in a call.
    """
    kinds = (tf.data.Iterator, tf.distribute.DistributedIterator)

    def function(iterator):
        if isinstance(iterator, kinds) and not is_counted():
            iterator = [*itertools.islice(_left(iterator), steps)]
            if not iterator:
                raise StopIteration
        return train_function(iterator)

    return function


def _left(iterator):
    """The batches that are left in an iterator of `tf.data` or of a strategy."""
    while (found := iterator.get_next_as_optional()).has_value():
        yield found.get_value()


class Given:
    """The data of `fit`, in an object that Keras does not track."""

    def __init__(self, inputs):
        self._inputs = inputs

    def is_counted(self):
        """Whether the number of batches is known."""
        if isinstance(self._inputs, tf.data.Dataset):
            return self._inputs.cardinality() != tf.data.UNKNOWN_CARDINALITY
        return not isinstance(self._inputs, types.GeneratorType)

    def examples(self):
        """Array of the examples, or of a stream's first ones; `None` for generators."""
        inputs = self._inputs
        if isinstance(inputs, tf.data.Dataset):
            batch = next(iter(inputs.take(1)), None)
            inputs = None if batch is None else Batch.of(batch).inputs
        elif isinstance(inputs, keras.utils.PyDataset):
            inputs = Batch.of(inputs[0]).inputs
        return np.asarray(inputs) if hasattr(inputs, "shape") else None
