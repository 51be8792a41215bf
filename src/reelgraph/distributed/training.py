"""One fit on several workers by Ray Train: data parallel, resumed from the checkpoint when a worker dies."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reelgraph.core import FitContext, FitResult, Interactions, Model, Progress, Shard
from reelgraph.core.display import counted
from reelgraph.core.errors import CapabilityError, ReelgraphError, WorkerError
from reelgraph.distributed.cluster import Cluster, require_ray
from reelgraph.train import checkpoint

_REPLACEMENTS = 3  # of the workers, when one dies


@dataclass(frozen=True)
class RayFit:
    """Fits a network on the workers of a cluster; a function of the same arguments as `Model.fit`, after the model.

    Each worker has the whole network and graph, and computes its part of each batch; the gradients are summed (gloo on
    the CPU, NCCL on the GPU). The first worker validates and writes the checkpoint of a fit in one process, from which
    all go on when one dies, and from which the result is read.

    Args:
        cluster: from `ray_cluster`.
    """

    cluster: Cluster

    def __call__(self, model: Model, train: Interactions, context: FitContext) -> FitResult:
        """Fit ``model``; the result is that of one process, but for the order in which floats are added.

        Args:
            model: one with ``data_parallel``, such as `LightGCN`.
            train: the edges; they go into shared memory once.
            context: as for `Model.fit`. The checkpoint folder must be on a disk that all machines see.

        Raises:
            CapabilityError: the model does not divide its work, or there are fewer GPUs than workers.
            BundleError: the checkpoint to resume from is damaged.
            WorkerError: workers died again and again.
        """
        require_data_parallel(model)
        if context.device.startswith("cuda"):
            self._require_gpus()
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as temporary:
            folder = (context.checkpoint_dir or Path(temporary)).resolve()
            if context.resume:
                checkpoint.read(folder)  # one that is damaged is named before any worker starts
            else:
                (folder / checkpoint.FILE_NAME).unlink(missing_ok=True)
            context = dataclasses.replace(context, checkpoint_dir=folder, resume=True)
            try:
                self._train(model, train, context, folder / "ray")
            finally:
                shutil.rmtree(folder / "ray", ignore_errors=True)
            result = model.fit(train, dataclasses.replace(context, progress=None))  # reads the finished checkpoint
        return dataclasses.replace(result, seconds=time.perf_counter() - started)

    def _require_gpus(self) -> None:
        """Refuse what would wait for ever."""
        gpus = require_ray().cluster_resources().get("GPU", 0)
        if gpus < self.cluster.workers:
            problem = f"the Ray cluster has {gpus:g} GPUs for {counted(self.cluster.workers, 'worker')}"
            raise CapabilityError(problem, "use fewer workers, or device cpu")

    def _train(self, model: Model, train: Interactions, context: FitContext, folder: Path) -> None:
        ray = require_ray()
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.torch import TorchTrainer
        from ray.util.queue import Queue

        reports = Queue(actor_options={"num_cpus": 0})
        work = ray.put((model, train, dataclasses.replace(context, progress=None)))
        uses_gpu = context.device.startswith("cuda")
        trainer = TorchTrainer(
            _fit_on_worker,
            train_loop_config={"work": [work], "reports": reports},
            scaling_config=ScalingConfig(
                num_workers=self.cluster.workers,
                use_gpu=uses_gpu,
                resources_per_worker={"CPU": self.cluster.cpus_per_worker, **({"GPU": 1} if uses_gpu else {})},
            ),
            run_config=RunConfig(storage_path=str(folder), failure_config=FailureConfig(max_failures=_REPLACEMENTS)),
        )
        failures: list[ReelgraphError] = []
        listener = threading.Thread(target=_listen, args=(reports, context, failures))
        listener.start()
        try:
            trainer.fit()
        except ray.train.TrainingFailedError as error:
            cause = (str(error).strip().splitlines() or [""])[0]
            raise WorkerError(f"training on Ray failed, again and again: {cause}") from error
        finally:
            reports.put(None)
            listener.join()
            reports.shutdown()
        if failures:
            raise failures[0]


def require_data_parallel(model: Model) -> None:
    """Check that a model can divide its work among workers.

    Raises:
        CapabilityError: it cannot.
    """
    if not getattr(model, "data_parallel", False):
        raise CapabilityError(
            f"{model.name} is trained on one machine: its work is not divided among workers",
            "--engine ray trains lightgcn with one of its softmax losses",
        )


def _listen(reports: Any, context: FitContext, failures: list[ReelgraphError]) -> None:
    """Hand on what the first worker reports, until None comes."""
    while (report := reports.get()) is not None:
        if isinstance(report, ReelgraphError):
            failures.append(report)
        elif context.progress is not None:
            context.progress(report)


def _fit_on_worker(config: dict[str, Any]) -> None:
    """What each worker runs; its errors of the library are reported, since a raised one would be tried again."""
    import ray
    from ray import train as ray_train

    model, train, context = ray.get(config["work"][0])
    worker = ray_train.get_context()
    shard = Shard(worker.get_world_rank(), worker.get_world_size())
    reports = config["reports"] if shard.rank == 0 else None

    def report(step: Progress) -> None:
        if reports is not None:
            reports.put(step)

    try:
        model.fit(train, dataclasses.replace(context, shard=shard, progress=report))
    except ReelgraphError as error:
        if reports is not None:
            reports.put(error)
