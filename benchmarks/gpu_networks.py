"""The networks of gpu.py in PyTorch, with their losses."""

import itertools

import gpu_cells
import numpy as np
import torch
from gpu_cells import CONTRACTED, CONTRACTION, SIDE, WIDE, WIDE_CODES
from torch import nn
from torch.nn import functional

FEATURES = SIDE * SIDE


def chain(widths, activation, *last):
    """Linear layers with an activation between them, then the layers of `last`."""
    layers = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1], *last)


class Plain(nn.Module):
    """A network that rebuilds its inputs, trained by the mean squared error."""

    def loss(self, batch):
        """Loss of a batch."""
        return functional.mse_loss(self.network(batch), batch)

    def arrays(self, images):
        """Images as this network takes them."""
        return np.ascontiguousarray(images)

    def weight(self, value):
        """A weight of Keras in the layout of PyTorch."""
        return value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T


class Flagship(Plain):
    """784-256-128-64-128-256-784, leaky ReLU and a sigmoid."""

    epsilon = 1e-8

    def __init__(self):
        super().__init__()
        widths = (FEATURES, 256, 128, 64, 128, 256, FEATURES)
        self.network = chain(widths, lambda: nn.LeakyReLU(0.2), nn.Sigmoid())


class WideVAE(Plain):
    """784-2048-1024-64 ELU, Bernoulli likelihood."""

    epsilon = 1e-8

    def __init__(self):
        super().__init__()
        self.body = chain((FEATURES, *WIDE), nn.ELU, nn.ELU())
        self.mean = nn.Linear(WIDE[-1], WIDE_CODES)
        self.log_variance = nn.Linear(WIDE[-1], WIDE_CODES)
        self.decoder = chain((WIDE_CODES, *WIDE[::-1], FEATURES), nn.ELU)

    def loss(self, batch):
        hidden = self.body(batch)
        mean, spread = self.mean(hidden).float(), self.log_variance(hidden).float()
        codes = mean + torch.exp(0.5 * spread) * torch.randn_like(spread)
        divergence = -0.5 * (1 + spread - mean**2 - spread.exp()).sum()
        return (_cross_entropy(self.decoder(codes), batch) + divergence) / len(batch)


class Contractive(Plain):
    """784-100-784 sigmoid, tied, with the exact norm of the Jacobian."""

    epsilon = 1e-7

    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(FEATURES, CONTRACTED)
        self.bias = nn.Parameter(torch.zeros(FEATURES))

    def encode(self, inputs):
        """Codes, twice: `jacrev` differentiates the first and returns the second."""
        codes = torch.sigmoid(self.encoder(inputs))
        return codes, codes

    def loss(self, batch):
        jacobians, codes = torch.func.vmap(
            torch.func.jacrev(self.encode, has_aux=True)
        )(batch)
        logits = functional.linear(codes, self.encoder.weight.T, self.bias)
        penalty = jacobians.float().square().sum()
        return (_cross_entropy(logits, batch) + CONTRACTION * penalty) / len(batch)


class NHWC(nn.Module):
    """Channels last, as Keras flattens them, or back to channels first."""

    def __init__(self, *axes):
        super().__init__()
        self.axes = axes

    def forward(self, inputs):
        """The axes in their new order."""
        return inputs.permute(*self.axes)


class Convolutional(Plain):
    """28×28-16-32-64 ReLU, strides and transposed convolutions.

    PyTorch pads strided convolutions on the other side than TensorFlow. This network
    is the same seen in a mirror: images and weights are turned by 180°.
    """

    epsilon = 1e-7

    def __init__(self):
        super().__init__()
        self.network = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU()),
            *(nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()),
            *(NHWC(0, 2, 3, 1), nn.Flatten(), nn.Linear(7 * 7 * 32, 64)),
            *(nn.Linear(64, 7 * 7 * 32), nn.ReLU()),
            *(nn.Unflatten(1, (7, 7, 32)), NHWC(0, 3, 1, 2)),
            *(nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU()),
            nn.ConvTranspose2d(16, 1, 3, 2, 1, 1),
        )

    def arrays(self, images):
        return np.ascontiguousarray(images[:, None, ::-1, ::-1, 0])

    def weight(self, value):
        if value.ndim == 4:
            value = value[::-1, ::-1]
        elif value.shape[0] == 7 * 7 * 32 and value.ndim == 2:
            value = value.reshape(7, 7, 32, -1)[::-1, ::-1].reshape(7 * 7 * 32, -1)
        elif value.shape[-1] == 7 * 7 * 32 and value.ndim == 2:
            value = value.reshape(-1, 7, 7, 32)[:, ::-1, ::-1].reshape(-1, 7 * 7 * 32)
        return super().weight(value)


class Masked(nn.Module):
    """A convolution of the rows above, or of the pixels to the left."""

    def __init__(self, channels, filters, size, side, dilation=1, hidden=0):
        super().__init__()
        self.convolution = nn.Conv2d(channels, filters, size, dilation=dilation)
        rows, columns = (dilation * (one - 1) for one in size)
        if side:
            self.padding, self.shift = (side, side, rows + hidden, 0), (hidden, 0)
        else:
            self.padding, self.shift = (columns + hidden, 0, 0, 0), (0, hidden)

    def forward(self, maps):
        """Maps of the same height and width."""
        height, width = (
            length - hidden
            for length, hidden in zip(maps.shape[2:], self.shift, strict=True)
        )
        left, right, top, _ = self.padding
        padded = functional.pad(maps, self.padding)
        return self.convolution(padded[..., : top + height, : left + width + right])


class Block(nn.Module):
    """The gated block of two stacks."""

    def __init__(self, filters, dilation):
        super().__init__()
        wide = 2 * filters
        self.down = Masked(filters, wide, (2, 3), dilation, dilation)
        self.right = Masked(filters, wide, (1, 2), 0, dilation)
        self.link = nn.Conv2d(wide, wide, 1, bias=False)
        self.residual = nn.Conv2d(filters, filters, 1)

    def forward(self, vertical, horizontal):
        """The maps of both stacks."""
        down = self.down(vertical)
        right = self.right(horizontal) + self.link(down)
        return _gate(down), horizontal + self.residual(_gate(right))


class PixelCNN(Plain):
    """25×25 masked, 4 gated blocks of 32 channels, dilated by 1, 2, 4, 8."""

    epsilon = 1e-7

    def __init__(self, filters=32, units=64):
        super().__init__()
        self.hidden, self.logits = nn.Conv2d(filters, units, 1), nn.Conv2d(units, 1, 1)
        self.above = Masked(1, filters, (12, 25), 12, hidden=1)
        self.left = Masked(1, filters, (1, 12), 0, hidden=1)
        self.blocks = nn.ModuleList([Block(filters, one) for one in (1, 2, 4, 8)])

    def loss(self, batch):
        vertical = self.above(batch)
        horizontal = vertical + self.left(batch)
        for block in self.blocks:
            vertical, horizontal = block(vertical, horizontal)
        logits = self.logits(self.hidden(horizontal.relu()).relu())
        return _cross_entropy(logits, batch) / len(batch)

    def arrays(self, images):
        return np.ascontiguousarray(images[:, None, :, :, 0])


NETWORKS = {
    "flagship": Flagship,
    "wide VAE": WideVAE,
    "convolutional": Convolutional,
    "contractive exact": Contractive,
    "PixelCNN": PixelCNN,
}


def load(network):
    """Gives a network the initial weights that the Keras model has."""
    parameters = [*network.parameters()]
    shapes = [
        tuple(np.array(one.shape)[[2, 3, 1, 0]] if one.ndim == 4 else one.shape[::-1])
        for one in parameters
    ]
    with torch.no_grad():
        for one, value in zip(parameters, gpu_cells.weights(shapes), strict=True):
            one.copy_(torch.from_numpy(np.ascontiguousarray(network.weight(value))))


def _cross_entropy(logits, targets):
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum")


def _gate(maps):
    first, second = maps.chunk(2, dim=1)
    return first.tanh() * second.sigmoid()
