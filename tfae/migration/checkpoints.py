"""Import of TF1 Saver checkpoints as models, with the mapping of variables."""

import glob
import re
from pathlib import Path
from typing import NamedTuple

import keras
import tensorflow as tf

from tfae.migration import by_variables
from tfae.migration.by_variables import AUTO
from tfae.migration.graphs import choosing, importing, sources
from tfae.types import ArrayLike, PathLike

# Variables of optimizers and counters in a checkpoint.
SLOTS = re.compile(
    r"(^|/)((Adam|Momentum|Adagrad|RMSProp|Adadelta|Ftrl|beta[12]_power)(_\d+)?"
    r"|global_step)$"
)


class Import(NamedTuple):
    """A model with the weights of a checkpoint.

    Attributes:
        model: Built and compiled model.
        taken: Tuple of `(variable, shape, weight)`, with the names on both sides.
        left: Tuple of the names of unused variables.
        scaling: Scaling of the program's features, as for `tfae.layers.FeatureScaling`,
            which is not in the checkpoint; or `None`.
        difference: Largest difference from the checkpoint's graph, relative to the
            largest value; or `None` without a graph.
        tensors: Tuple of the names of input, code and reconstruction in the graph, or
            `None` for a model that was not made from a graph.
        notes: Tuple of sentences on differences from the original.
    """

    model: keras.Model
    taken: tuple
    left: tuple
    scaling: str | None = None
    difference: float | None = None
    tensors: tuple | None = None
    notes: tuple = ()


def read(path: PathLike):
    """Variables of a checkpoint.

    Args:
        path: Prefix of its files, one of them, or a folder, whose latest checkpoint is
            read.

    Returns:
        Pair of a dict from names to arrays, and the names of optimizer variables.

    Raises:
        ValueError: If there is no checkpoint of TF1's Saver, or it is damaged.

    Example:
    >>> import tensorflow.compat.v1 as tf1
    >>> with tf1.Graph().as_default(), tf1.Session() as session:
    ...     _ = tf1.get_variable("w", [4, 2])
    ...     session.run(tf1.global_variables_initializer())
    ...     path = tf1.train.Saver().save(session, "./old.ckpt")
    >>> arrays, left = tfae.tf1_checkpoints.read(path)
    >>> {name: array.shape for name, array in arrays.items()}
    {'w': (4, 2)}
    """
    prefix = _prefix(path)
    parts = [*Path(prefix).parent.glob(f"{glob.escape(Path(prefix).name)}.*")]
    special = [one for one in parts if not (one.is_file() or one.is_dir())]
    if special:  # such as a pipe, which would block
        raise ValueError(f"{special[0]} is not a regular file, and was not read.")
    try:
        reader = tf.train.load_checkpoint(prefix)
        names = sorted(reader.get_variable_to_shape_map())
        arrays = {
            name: reader.get_tensor(name) for name in names if not SLOTS.search(name)
        }
    except Exception as error:  # TensorFlow's own, of many kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(
            f"{path} is not a checkpoint of TF1's Saver, or damaged: {reason}. Give "
            "the path without .index or .data-…, with all its files beside each other."
        ) from error
    if "_CHECKPOINTABLE_OBJECT_GRAPH" in names:
        raise ValueError(
            f"{path} is a checkpoint of TensorFlow 2. Load it with the code that wrote "
            "it; those of TF1's Saver are taken here."
        )
    if not arrays:
        raise ValueError(f"{path} holds no variables but an optimizer's.")
    return arrays, tuple(name for name in names if name not in arrays)


def _prefix(path):
    """Path of a checkpoint without the suffix of its files."""
    path = Path(path)
    if not path.is_dir():
        return re.sub(r"\.(index|meta|data-\d{5}-of-\d{5})$", "", str(path))
    prefix = _latest(path)
    if prefix is None:
        raise ValueError(
            f"{path} holds no checkpoint that its file `checkpoint` names. Give the "
            "path of one, without .index or .data-…"
        )
    return prefix


def _latest(folder):
    """Path of the checkpoint that the file `checkpoint` of a folder names, or `None`.

    The file contains the path to which the checkpoint was written; if nothing is there,
    it is looked for in the folder.
    """
    state = tf.train.get_checkpoint_state(str(folder))
    if state is None or not state.model_checkpoint_path:
        return None
    told = state.model_checkpoint_path
    name = re.split(r"[/\\]", told)[-1]
    for prefix in (told, str(folder / name)) if name else ():
        if any(Path(file).is_file() for file in (prefix, f"{prefix}.index")):
            return prefix
    return None


def load(
    path: PathLike,
    program: str,
    data: ArrayLike | None = None,
    input: str | None = None,
    reconstruction: str | None = None,
    code: str | None = None,
    feeds: dict[str, float] | None = None,
    **options,
):
    """Loads a checkpoint as an ordinary model, and compares it with its graph.

    Args:
        path: As for `read`; or the folder of a SavedModel of TF1, or a frozen graph,
            a `.pb` file.
        program: Name of a program of `legacy_tf1_ports`; or `"auto"`, which rebuilds
            the graph that Saver wrote beside the checkpoint or, without one, a stack of
            layers identified by shape and order.
        data: Array of examples for the comparison of model and graph, in addition to
            random ones; or `None`.
        input: Name of the placeholder of examples in the graph, or `None` to find it.
        reconstruction: Name of the tensor of reconstructions, or `None` to find it.
        code: Name of the tensor of codes, or `None` for the drawn one, or else the
            narrowest.
        feeds: Dict from names of scalar placeholders in the graph, such as a
            temperature, to their values at inference; or `None`. Placeholders only for
            training, such as the keep probability of dropout, need no value.
        **options: With `"auto"`, arguments of `tfae.migration.stacks.build`, which is
            then used in place of the graph; or, with a program of images,
            `image_shape`, which defaults to that of MNIST.

    Returns:
        An `Import`.

    Raises:
        ValueError: If the checkpoint cannot be read, is not of that program, or its
            shapes do not fit; if the model does not agree with the graph.

    Example:
    >>> import tensorflow.compat.v1 as tf1
    >>> with tf1.Graph().as_default(), tf1.Session() as session:
    ...     x = tf1.placeholder("float32", [None, 4], name="x")
    ...     codes = tf1.sigmoid(x @ tf1.get_variable("w", [4, 2]))
    ...     outputs = codes @ tf1.get_variable("v", [2, 4])
    ...     session.run(tf1.global_variables_initializer())
    ...     path = tf1.train.Saver().save(session, "./old.ckpt")
    >>> imported = tfae.tf1_checkpoints.load(path, "auto")
    >>> imported.model.encode(np.zeros((3, 4))).shape
    TensorShape([3, 2])
    """
    names = {"input": input, "reconstruction": reconstruction, "code": code}
    names["feeds"] = feeds or None
    names = {name: one for name, one in names.items() if one is not None}
    others = [*(options.keys() - {"image_shape"}), *names]
    if program != AUTO and others:
        raise ValueError(
            f"Only with {AUTO} there are further arguments. Received: {program} with "
            f"{', '.join(sorted(others))}"
        )
    graph, arrays, left, signature = _opened(path)
    by_shape = {name for name in options if name != "image_shape"}
    if program == AUTO and graph is not None and not by_shape:
        found = importing.load(graph, **{**signature, **names, **options}, data=data)
        return _of_graph(found, arrays, left)
    if by_shape and names:
        raise ValueError(
            f"{', '.join(sorted(by_shape))} go with checkpoints without a graph. "
            f"Received: {', '.join(names)} beside, names in a graph. Leave one out."
        )
    if graph is None and names:
        raise ValueError(
            f"{path} has no graph beside it. Received: {', '.join(names)}, names of "
            "tensors in it. Leave them out, or put the .meta file there."
        )
    model, taken, scaling = by_variables.load(path, program, arrays, options)
    used = {name for name, *_ in taken}
    left = (*left, *sorted(arrays.keys() - used))
    imported = Import(model, taken, left, scaling)
    if graph is None:
        note = "It was not compared with a graph: no .meta beside the checkpoint."
        return imported._replace(notes=(note,))
    try:
        difference, tensor = importing.compare(graph, imported.model, data)
    except choosing.NotFoundError as error:
        note = f"It was not compared with its graph. {error}"
        return imported._replace(notes=(note,))
    note = f"It was compared with {tensor} of its graph."
    return imported._replace(difference=difference, notes=(note,))


def _opened(path):
    """Graph or `None`, arrays, unused names, and names of tensors."""
    path = Path(path)
    if (path / sources.SAVED_MODEL).is_file():
        left = ()

        def arrays_of(prefix):
            nonlocal left
            arrays, left = read(prefix)
            return arrays

        graph, names = sources.saved_model(path, arrays_of)
        return graph, graph.arrays, left, names
    if path.suffix == sources.FROZEN and path.is_file():
        graph = sources.frozen(path)
        return graph, graph.arrays, (), {}
    if path.suffix in (".h5", ".hdf5", ".keras") and path.is_file():
        raise ValueError(
            f"{path} is a file of Keras, not a checkpoint of TF1. Load it by "
            "tfae.load, or keras.models.load_model."
        )
    arrays, left = read(path)
    return sources.beside(_prefix(path), arrays), arrays, left, {}


def _of_graph(found, arrays, left):
    taken = tuple((", ".join(names), *rest) for names, *rest in found.taken)
    used = {name for names, *_ in found.taken for name in names}
    left = (*left, *sorted(arrays.keys() - used))
    of_graph = (found.difference, found.tensors, tuple(found.notes))
    return Import(found.model, taken, left, None, *of_graph)
