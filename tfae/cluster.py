"""The workers of a training on several machines, as `TF_CONFIG` lists them.

TensorFlow documents the variable for `tf.distribute.MultiWorkerMirroredStrategy`. Every
worker runs the same program. Each takes an equal part of every batch, and the first of
them, the chief, writes the run.
"""

import dataclasses
import json
import os

from tfae.arguments import is_integer

VARIABLE = "TF_CONFIG"
ROLES = ("chief", "worker")
EXAMPLE = (
    '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, '
    '"task": {"type": "worker", "index": 0}}'
)


@dataclasses.dataclass(frozen=True)
class Workers:
    """The cluster of this process.

    Attributes:
        addresses: Tuple of texts `host:port`, the chief's first.
        index: Position of this process among them.
    """

    addresses: tuple
    index: int

    @property
    def is_chief(self):
        """Whether this process writes the run."""
        return self.index == 0


def found() -> Workers | None:
    """The workers that `TF_CONFIG` lists, or `None` for fewer than two.

    Raises:
        ValueError: If the variable is not as TensorFlow documents it.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return None
    try:
        config = json.loads(text)
        cluster, task = config.get("cluster", {}), config.get("task", {})
        others = sorted({*cluster} - {*ROLES})
        addresses = [one for role in ROLES for one in cluster.get(role, [])]
        strings = all(isinstance(one, str) and ":" in one for one in addresses)
    except (ValueError, AttributeError, TypeError):
        raise _refused("is no such object", text) from None
    if others:
        raise _refused(f"lists {', '.join(others)}, and only workers train", text)
    if not strings or len({*addresses}) < len(addresses):
        raise _refused("must list a different host:port for each worker", text)
    if len(addresses) < 2:
        return None
    role, index = task.get("type"), task.get("index")
    of_role = cluster.get(role, []) if role in ROLES else []
    if not is_integer(index) or not 0 <= index < len(of_role):
        raise _refused("names a task that the cluster lacks", text)
    return Workers(tuple(addresses), addresses.index(of_role[index]))


def check_alone(subject) -> None:
    """Raises `ValueError` if `TF_CONFIG` lists workers, which `subject` is not for."""
    workers = found()
    if workers:
        raise ValueError(
            f"{subject} is for one machine. Received: {VARIABLE} with "
            f"{len(workers.addresses)} workers. Unset the variable."
        )


def _refused(reason, text):
    return ValueError(
        f"{VARIABLE} {reason}. Received: {text[:200]}. Set it as in {EXAMPLE}, or "
        "unset it to train on this machine alone."
    )
