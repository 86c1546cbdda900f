"""A client that nobody here wrote reads and calls an export."""

import json
import subprocess
from pathlib import Path

import loopback
import numpy as np
import pytest

from tfae import recipes
from tfae.export import export
from tfae.recipes import building

ROOT = Path(__file__).parent.parent
# Its own environment, which `make test` sets up: it must not share TensorFlow's.
PYTHON = ROOT / ".venv-ovmsclient" / "bin" / "python"


@pytest.mark.skipif(not PYTHON.exists(), reason="`make test` sets up its environment")
def test_ovmsclient_reads_status_metadata_and_predictions(vectors, tmp_path):
    images = np.pad(vectors.reshape(-1, 8, 8), ((0, 0), (10, 10), (10, 10)))
    images = images.reshape(-1, 784)
    model = building.build(recipes.get("leaky_relu_mnist"), (784,))
    export(model, tmp_path / "flagship", version=1, examples=images)
    np.save(tmp_path / "inputs.npy", images)
    outputs = tmp_path / "outputs.npy"
    with loopback.grpc_server(tmp_path) as url:
        address = url.removeprefix("grpc://")
        command = [PYTHON, ROOT / "tests" / "ovms_calls.py", address, "flagship", "1"]
        result = subprocess.run(
            [*map(str, command), str(tmp_path / "inputs.npy"), str(outputs)],
            capture_output=True,
            text=True,
        )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["status"]["1"]["state"] == "AVAILABLE"
    assert answer["metadata"]["model_version"] == 1
    assert answer["metadata"]["inputs"]["inputs"]["shape"] == [-1, 784]
    assert answer["metadata"]["outputs"]["reconstruction"]["dtype"] == "DT_FLOAT"
    np.testing.assert_allclose(np.load(outputs), model(images), atol=1e-6)
