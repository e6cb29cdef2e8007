"""The jobs that tests have for the sandbox's children."""

import pytest

from images.imaging import process, sandbox
from tests.resilience import sandbox_jobs


@pytest.fixture(scope="package", autouse=True)
def jobs_of_tests():
    """Have children import them before they are confined."""
    sandbox.pool.close()
    process.MODULES.append(sandbox_jobs.__name__)
    yield
    process.MODULES.remove(sandbox_jobs.__name__)
    sandbox.pool.close()
