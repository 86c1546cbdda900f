"""Networks of PyTorch as pythae takes them, and its trainer at a contest's pace."""

import tempfile

import torch
from pythae.data.datasets import BaseDataset
from pythae.models.base.base_utils import ModelOutput
from pythae.models.nn import BaseDecoder, BaseEncoder
from pythae.trainers import BaseTrainer, BaseTrainerConfig


class Encoder(BaseEncoder):
    """Hands the inputs, or what `body` makes of them, to each of the named heads."""

    def __init__(self, body=None, **heads):
        super().__init__()
        self.body = body or torch.nn.Identity()
        self.heads = torch.nn.ModuleDict(heads)

    def forward(self, inputs):
        """One output by the name of each head."""
        hidden = self.body(inputs)
        return ModelOutput({name: head(hidden) for name, head in self.heads.items()})


class Decoder(BaseDecoder):
    """Rebuilds by `network`."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, codes):
        """The output `reconstruction`."""
        return ModelOutput(reconstruction=self.network(codes))


def train(model, images, batch_size, pace):
    """Runs `model` through the epochs of `pace`, one `train_step` of pythae each."""
    data = torch.from_numpy(images)
    with tempfile.TemporaryDirectory() as folder:
        trainer = BaseTrainer(
            model,
            train_dataset=BaseDataset(data, torch.zeros(len(data))),
            training_config=BaseTrainerConfig(
                output_dir=folder,
                per_device_train_batch_size=batch_size,
                learning_rate=1e-3,
                no_cuda=True,
            ),
        )
        trainer.prepare_training()
        pace.repeat(lambda: trainer.train_step(1))
