"""The bundle: one folder with everything needed to recommend. JSON, safetensors and Parquet, no pickle."""

from reelgraph.bundle.bundle import Bundle
from reelgraph.bundle.manifest import FORMAT, MANIFEST, installed_versions, read_manifest, require_bundle_path
from reelgraph.bundle.outside_scorers import allow_scorers

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Bundle",
    "allow_scorers",
    "installed_versions",
    "read_manifest",
    "require_bundle_path",
]
