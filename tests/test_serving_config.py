"""Config files for a server of several models."""

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from tfae.export import serving_config


def exported(base, name, *versions):
    for version in versions:
        (base / name / str(version)).mkdir(parents=True)
        (base / name / str(version) / "saved_model.pb").write_bytes(b"")


def test_every_exported_model_is_listed_with_its_labels(tmp_path):
    exported(tmp_path, "digits", 1, 2, 10)
    exported(tmp_path, "faces", 4)
    (tmp_path / "unexported" / "figures").mkdir(parents=True)
    files = serving_config.write(tmp_path)
    assert [file.name for file in files] == [
        *("models.config", "batching.config", "monitoring.config"),
    ]
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse(files[0].read_text(), config)  # the server's own reader
    digits, faces = config.model_config_list.config
    assert (digits.name, digits.base_path) == ("digits", "/models/digits")
    assert list(digits.model_version_policy.specific.versions) == [2, 10]
    assert dict(digits.version_labels) == {"stable": 2, "canary": 10}
    assert dict(faces.version_labels) == {"stable": 4}


def test_any_name_of_a_folder_is_one_of_a_model(tmp_path):
    for name in ("it's", 'a"b', "数字"):
        exported(tmp_path, name, 1)
    config = model_server_config_pb2.ModelServerConfig()
    text_format.Parse(serving_config.write(tmp_path)[0].read_text(), config)
    found = {model.name for model in config.model_config_list.config}
    assert found == {"it's", 'a"b', "数字"}


def test_there_must_be_an_exported_model(tmp_path):
    with pytest.raises(ValueError, match="holds no exported model"):
        serving_config.write(tmp_path)
    assert not any(tmp_path.iterdir())
