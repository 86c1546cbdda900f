"""The examples of docs/generative.md."""

import re
from pathlib import Path

import pytest

import tfae

PAGE = Path(__file__).parents[1] / "docs" / "generative.md"


@pytest.mark.slow
def test_they_run():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(block, names)
    assert names["probabilities"].shape == (5, 10)
    assert names["walk"].shape == (50, 64)
    assert names["lower_halves"].shape == (5, 8, 8, 1)


def test_every_model_that_draws_is_there():
    text = PAGE.read_text()
    for name in tfae.models.__all__:
        model = getattr(tfae, name)
        draws = callable(vars(model).get("sample"))
        if draws and not name.endswith(("VAE", "Conditional")):
            assert f"`{name}" in text
