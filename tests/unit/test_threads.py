"""Products on one thread: for the whole process, and back again whoever leaves last."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from reelgraph._util.blas_threads import single_threaded_blas


def counts() -> set[int]:
    return {int(library["num_threads"]) for library in threadpool_info() if library["user_api"] == "blas"}


def elsewhere(work: Callable[[], object]) -> None:
    """In a thread that ends, so that whoever comes next may change the number too."""
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    assert np.dot([1.0], [1.0]) == 1.0
    limits = []
    elsewhere(lambda: limits.append(threadpool_limits(2, "blas")))
    if counts() != {2}:
        pytest.skip("this build of BLAS takes one thread whatever it is told")
    yield
    elsewhere(limits[0].restore_original_limits)


def test_it_is_one_inside_and_as_before_afterwards() -> None:
    with single_threaded_blas():
        assert counts() == {1}
        with single_threaded_blas():
            assert counts() == {1}
        assert counts() == {1}
    assert counts() == {2}


def test_an_error_inside_gives_it_back_too() -> None:
    with pytest.raises(ZeroDivisionError), single_threaded_blas():
        raise ZeroDivisionError
    assert counts() == {2}


def test_the_one_who_came_first_may_leave_first() -> None:
    entered, may_leave = threading.Event(), threading.Event()

    def stay() -> None:
        with single_threaded_blas():
            entered.set()
            assert may_leave.wait(60)

    with single_threaded_blas():
        other = threading.Thread(target=stay)
        other.start()
        assert entered.wait(60)
    assert counts() == {1}
    may_leave.set()
    other.join()
    assert counts() == {2}
