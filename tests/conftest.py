"""What every test shares: run-time type checks, hypothesis settings and the published data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# With SUREFOOT_TYPECHECK=1 annotations are checked at every call, which doubles the time of a run:
# the gate does so for some folders. The hook is laid before any room is loaded; the command line is
# left out, since typer reads its annotations itself.
CHECKED_ROOMS = [
    "surefoot.terms",
    "surefoot.program",
    "surefoot.formulas",
    "surefoot.problem",
    "surefoot.calculus",
    "surefoot.show",
    "surefoot.facts",
    "surefoot.descent",
    "surefoot.judge",
    "surefoot.solve",
]
if os.environ.get("SUREFOOT_TYPECHECK") == "1":
    install_import_hook(CHECKED_ROOMS, "surefoot_typecheck.checked")

# Compiling inside a test makes the first example slow and the rest fast: no deadline can fit both.
settings.register_profile("surefoot", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("surefoot")

# Half of the suite's time is XLA compiling. Its older kernel emitters do that in three fifths of
# the time; the rounding may differ in the last bit. A flag that XLA does not know would end the
# process, so one is asked first; the workers of pytest-xdist inherit the answer.
QUICK = "--xla_cpu_use_fusion_emitters=false"
if "PYTEST_XDIST_WORKER" not in os.environ and QUICK not in os.environ.get("XLA_FLAGS", ""):
    flags = f"{os.environ.get('XLA_FLAGS', '')} {QUICK}".strip()
    asked = [sys.executable, "-c", "import jax; jax.numpy.zeros(1).block_until_ready()"]
    tried = subprocess.run(asked, env={**os.environ, "XLA_FLAGS": flags}, capture_output=True)
    if tried.returncode == 0:
        os.environ["XLA_FLAGS"] = flags

ROOT = Path(__file__).resolve().parent.parent


def pytest_sessionstart() -> None:
    """Workers on one machine do not wait for each other's spinning threads (terms/blas_threads)."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        import scipy.linalg  # noqa: F401  # brings a BLAS of its own
        from threadpoolctl import threadpool_limits

        threadpool_limits(limits=1, user_api="blas")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def published_data() -> Path:
    """The folder of published measurements that lies beside the checkout; skips without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the published data sets are not at {folder}")
    return folder
