import pytest

from respml.pipeline.forkserver import fork_is_available
from respml.pipeline.kernels import Kernels

SMALL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "numpy")


@pytest.fixture(scope="module")
def forked():
    """Forked kernels that have little imported, shared by a file's tests."""
    if not fork_is_available():
        pytest.skip("kernels are not forked here")
    with Kernels(modules=SMALL, forked=True) as kernels:
        yield kernels


@pytest.fixture(scope="module")
def plain():
    """Kernels started anew."""
    with Kernels(forked=False) as kernels:
        yield kernels


@pytest.fixture(scope="module", params=["forked", "plain"])
def kernels(request):
    """Both kinds of kernels, which must not differ in what a reader sees."""
    return request.getfixturevalue(request.param)
