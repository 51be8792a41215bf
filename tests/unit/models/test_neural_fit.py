import numpy as np

from reelgraph.core import EvalPart, FitContext, Matrix
from reelgraph.models.neural_fit import validation_people
from tests.conftest import make_part


def part_of(n: int) -> EvalPart:
    """Person u has u % 3 targets."""
    target = np.zeros((n, 4))
    target[np.arange(n) % 3 > 0, 0] = 5.0
    target[np.arange(n) % 3 > 1, 1] = 3.0
    return make_part(Matrix((n, 4)), Matrix(target))


def test_a_sample_of_people_has_targets_and_depends_on_the_seed_alone() -> None:
    part = part_of(300)
    one, again, other = (validation_people(FitContext(seed=seed, valid=part), 50) for seed in (0, 0, 1))
    assert one is not None
    assert again is not None
    assert other is not None
    assert len(one) == 50
    assert (np.diff(one.target.indptr) > 0).all()
    assert (np.diff(one.users) > 0).all()
    np.testing.assert_array_equal(one.users, again.users)
    assert not np.array_equal(one.users, other.users)
    np.testing.assert_array_equal(one.target.toarray(), part.target.toarray()[one.users])


def test_people_without_targets_are_left_out_where_they_are_few_too() -> None:
    part = validation_people(FitContext(valid=part_of(30)), 20)
    assert part is not None
    assert part.users.tolist() == [user for user in range(30) if user % 3]
    assert validation_people(FitContext(valid=part), 20) is part  # all have targets: no copy


def test_nobody_is_taken_where_nothing_is_held_back() -> None:
    assert validation_people(FitContext(), 20) is None
    assert validation_people(FitContext(valid=make_part(Matrix((3, 4)), Matrix((3, 4)))), 20) is None
