"""One session of TensorFlow's C API, run by several threads."""

import concurrent.futures

import numpy as np
import pytest

import tfae
from tfae.export import export
from tfae.serving.c_session import Session

THREADS = 8


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    model = tfae.StackedAutoencoder(64, [16, 4])
    path = export(model, tmp_path_factory.mktemp("digits"), check=False)
    with Session(path) as one:
        yield one


def test_threads_get_their_own_answers_and_errors(session):
    """Every other thread sends rows of a wrong width."""

    def work(number):
        width = 63 if number % 2 else 64
        rows = np.full((number + 1, width), number / THREADS, "float32")
        found = []
        for _ in range(50):
            try:
                found.append(session.run("encode", {"inputs": rows})["codes"])
            except ValueError as error:
                found.append(str(error))
        return found

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(work, range(THREADS)))
    for number, answers in enumerate(found):
        if number % 2:
            assert all("encode failed" in str(answer) for answer in answers)
            continue
        rows = np.full((number + 1, 64), number / THREADS, "float32")
        expected = session.run("encode", {"inputs": rows})["codes"]
        for answer in answers:
            np.testing.assert_allclose(answer, expected, atol=1e-6)
