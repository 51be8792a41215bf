"""The bundle: one folder with everything needed to recommend. JSON, safetensors and Parquet, no pickle."""

from reelgraph.bundle.bundle import Bundle
from reelgraph.bundle.hub import download_bundle
from reelgraph.bundle.hub_upload import Pushed, push_bundle
from reelgraph.bundle.manifest import (
    FORMAT,
    MANIFEST,
    installed_versions,
    read_manifest,
    require_bundle_path,
    require_outside_bundles,
)
from reelgraph.bundle.model_card import model_card
from reelgraph.bundle.plugin_scorers import allow_scorers
from reelgraph.bundle.versions import (
    KeptBundle,
    bundle_lock,
    kept_bundles,
    remove_kept_bundles,
    replace_bundle,
    roll_back,
)

__all__ = [
    "FORMAT",
    "MANIFEST",
    "Bundle",
    "KeptBundle",
    "Pushed",
    "allow_scorers",
    "bundle_lock",
    "download_bundle",
    "installed_versions",
    "kept_bundles",
    "model_card",
    "push_bundle",
    "read_manifest",
    "remove_kept_bundles",
    "replace_bundle",
    "require_bundle_path",
    "require_outside_bundles",
    "roll_back",
]
