"""What every model promises, as checks that pytest runs on a model of your own.

The contract of a model is a test class of three lines::

    class TestMyModel(ModelContract):
        model = MyModel()
"""

from reelgraph.testing.model_checks import CHECKS, check_model
from reelgraph.testing.model_contract import ModelContract
from reelgraph.testing.model_fits import ModelFits
from reelgraph.testing.requirements import ContractError

__all__ = ["CHECKS", "ContractError", "ModelContract", "ModelFits", "check_model"]
