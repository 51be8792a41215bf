"""The same work on several processes or machines: thin adapters over Ray, which is imported when one is used."""

from reelgraph.distributed.cluster import Cluster, ray_cluster
from reelgraph.distributed.executor import RayExecutor

__all__ = ["Cluster", "RayExecutor", "ray_cluster"]
