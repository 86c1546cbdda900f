"""On the real MNIST: the flagship reaches what the TF1 script reached."""

from tfae import evaluation, recipes, training


def test_mnist_is_split_as_the_script_had_it(mnist):
    sizes = [len(part.inputs) for part in (mnist.train, mnist.valid, mnist.test)]
    assert sizes == [50_000, 10_000, 10_000]
    assert mnist.image_shape == (28, 28, 1)


def test_flagship_reaches_the_tf1_script(mnist, tmp_path):
    recipe = recipes.get("leaky_relu_mnist")
    run = training.run(recipe, tmp_path, mnist, verbose=0)
    assert run.metrics["epochs"] == 10
    assert run.metrics["figures"]["valid_mse"] <= 0.0058


def test_pca_with_32_components_is_the_published_figure(mnist):
    error = evaluation.pca_error(mnist.train.inputs, mnist.test.inputs, 32)
    assert abs(error - 0.016828) < 2e-5
