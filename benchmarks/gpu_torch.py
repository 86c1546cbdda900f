"""PyTorch's side of gpu.py: the same networks, losses and optimizer.

Images stay on the device, shuffled there, and batches are taken by hand. Adam is
fused and convolutions are in channels-last layout, the faster choices on a GPU.
"""

import contextlib
import gc

import gpu_cells
import gpu_networks
import torch


class Engine:
    """Training by a loop in Python, eager or compiled.

    Args:
        device: `"gpu"` or `"cpu"`.
        compiled: Boolean, whether `torch.compile` compiles the loss and its gradients.
    """

    def __init__(self, device, compiled=False):
        if device == "gpu" and not torch.cuda.is_available():
            raise RuntimeError(f"PyTorch {torch.__version__} sees no GPU")
        self.device = torch.device("cuda" if device == "gpu" else "cpu")
        self.compiled = compiled
        self.about = {
            "versions": {"torch": torch.__version__},
            "gpu": device == "gpu" and torch.cuda.get_device_name(0),
        }

    def train(self, cell, pace):
        """Trains a cell until `pace` stops it."""
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        for backend in (torch.backends.cuda.matmul, torch.backends.cudnn):
            backend.allow_tf32 = cell.precision == "tf32"
        torch.manual_seed(gpu_cells.SEED)
        network = gpu_networks.NETWORKS[cell.model]()
        gpu_networks.load(network)
        network.to(self.device, memory_format=torch.channels_last)
        data = torch.from_numpy(network.arrays(gpu_cells.images(cell))).to(self.device)
        weights = [*network.parameters()]
        half = contextlib.nullcontext
        if cell.precision == "bfloat16":
            half = lambda: torch.autocast(self.device.type, torch.bfloat16)  # noqa: E731
        pace.facts(sum(one.numel() for one in weights), self._error(half))

        def objective(batch):
            with half():
                return network.loss(batch)

        if self.compiled:
            torch.compiler.reset()
            objective = torch.compile(objective, dynamic=False)
        optimizer = torch.optim.Adam(
            weights, gpu_cells.LEARNING_RATE, eps=network.epsilon, fused=True
        )

        def epoch():
            order = torch.randperm(len(data), device=self.device)
            total = torch.zeros((), device=self.device)
            for rows in order[: cell.steps * cell.batch_size].split(cell.batch_size):
                loss = objective(data[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.detach()
            mean = total.item() / cell.steps
            if self.device.type == "cuda":
                torch.cuda.synchronize()
            return mean

        pace.repeat(epoch)

    def peak_memory(self):
        """MiB on the GPU since `train` began, or `None` on the CPU."""
        if self.device.type == "cpu":
            return None
        return torch.cuda.max_memory_allocated() // 2**20

    def clear(self):
        """Frees what the last cell held."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _error(self, half):
        def multiply(left, right):
            left, right = (
                torch.from_numpy(one.copy()).to(self.device) for one in (left, right)
            )
            with half():
                return (left @ right).double().cpu().numpy()

        return gpu_cells.product_error(multiply)
