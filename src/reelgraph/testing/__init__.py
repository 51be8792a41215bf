"""What models, readers and importers promise, as checks that pytest runs on your own.

The contract of a model is a test class of three lines::

    class TestMyModel(ModelContract):
        model = MyModel()
"""

from reelgraph.testing.file_checks import check_importer, check_reader
from reelgraph.testing.model_checks import CHECKS, check_model
from reelgraph.testing.model_contract import ModelContract
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import ContractError

__all__ = ["CHECKS", "ContractError", "ModelContract", "ModelFits", "check_importer", "check_model", "check_reader"]
