"""TF Serving's config files for a folder of exported models."""

from pathlib import Path

from tfae import files
from tfae.types import PathLike

BATCHING = """\
max_batch_size { value: 1024 }
enable_large_batch_splitting { value: true }
max_execution_batch_size { value: 128 }
batch_timeout_micros { value: 1000 }
max_enqueued_batches { value: 1000 }
num_batch_threads { value: 2 }
"""

MONITORING = """\
prometheus_config { enable: true, path: "/monitoring/prometheus/metrics" }
"""


def write(folder: PathLike) -> list[Path]:
    """Writes `models.config`, `batching.config` and `monitoring.config` into `folder`.

    Every model exported below `folder` is listed, as seen from a container that has
    `folder` at `/models`. The last two versions of a model are served, labelled
    `stable` and `canary`; a single version is `stable`.

    Args:
        folder: Folder that contains the models' folders, such as `saved_models`.

    Returns:
        Paths of the files.

    Raises:
        ValueError: If there is no exported model in `folder`.

    Example:
    >>> model = tfae.StackedAutoencoder(64, [32, 8])
    >>> model.build((None, 64))
    >>> _ = tfae.export.export(model, "served/digits")
    >>> [path.name for path in tfae.serving_config.write("served")]
    ['models.config', 'batching.config', 'monitoring.config']
    """
    folder = Path(folder)
    models = {
        path.name: versions
        for path in sorted(folder.iterdir())
        if path.is_dir() and (versions := versions_of(path))
    }
    if not models:
        raise ValueError(
            f"{folder} holds no exported model. Export one by tfae.export.export first."
        )
    texts = {
        "models.config": _model_list(models),
        "batching.config": BATCHING,
        "monitoring.config": MONITORING,
    }
    with files.replacing(folder, texts) as beside:
        for name, text in texts.items():
            (beside / name).write_text(text)
    return [folder / name for name in texts]


def versions_of(directory: PathLike) -> list[int]:
    """Exported versions in a model's folder, as sorted integers."""
    return sorted(
        int(path.parent.name)
        for path in Path(directory).glob("*/saved_model.pb")
        if path.parent.name.isdecimal()
    )


def _model_list(models):
    from google.protobuf import text_format
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    server = ModelServerConfig()
    for name, versions in models.items():
        model = server.model_config_list.config.add()
        model.name, model.base_path = name, f"/models/{name}"
        model.model_platform = "tensorflow"
        served = versions[-2:]
        model.model_version_policy.specific.versions.extend(served)
        for label, version in zip(("stable", "canary"), served, strict=False):
            model.version_labels[label] = version
    return text_format.MessageToString(server, as_utf8=True)
