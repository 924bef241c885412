"""The front door: lazy, complete, and without a trace on global settings."""

import ast
import json
import subprocess
import sys

import pytest
from tests.architecture.sources import FLOORS, sources

import surefoot

HEAVY = ["sympy", "typer", "rich", "matplotlib", "scipy.optimize", "asdex", "optax", "flint"]


def _in_a_new_process(code: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, json, surefoot; print(json.dumps({'loaded': sorted(sys.modules)}))"
    loaded = set(_in_a_new_process(code)["loaded"])  # type: ignore[call-overload]
    assert not loaded & {*HEAVY, "jax", "numpy"}


def test_using_the_calculus_loads_no_reporting_library() -> None:
    code = """
import json, sys
import surefoot as sf
sf.gradient(lambda x: x**2)(3.0)
print(json.dumps({'loaded': sorted(sys.modules)}))
"""
    loaded = set(_in_a_new_process(code)["loaded"])  # type: ignore[call-overload]
    assert not loaded & {"sympy", "typer", "rich", "matplotlib", "asdex"}


def test_loading_the_solver_loads_nothing_that_only_some_answers_need() -> None:
    code = """
import json, sys
import surefoot as sf
sf.minimize
print(json.dumps({'loaded': sorted(sys.modules)}))
"""
    loaded = set(_in_a_new_process(code)["loaded"])  # type: ignore[call-overload]
    assert not loaded & set(HEAVY)


def test_loading_every_name_changes_no_setting_of_jax() -> None:
    code = """
import json, jax
before = dict(jax.config.values)
import surefoot as sf
for name in sf.__all__:
    getattr(sf, name)
after = dict(jax.config.values)
changed = sorted(k for k in after if before.get(k, after[k]) != after[k])
print(json.dumps({'changed': changed, 'x64': jax.config.jax_enable_x64}))
"""
    assert _in_a_new_process(code) == {"changed": [], "x64": False}


@pytest.mark.parametrize("name", surefoot.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(surefoot, name) is not None
    assert name in dir(surefoot)


@pytest.mark.parametrize("name", surefoot.__all__)
def test_no_name_is_a_room(name: str) -> None:
    assert name not in FLOORS
    assert not name.startswith("_")


def test_what_a_type_checker_sees_is_what_there_is() -> None:
    front = next(source for source in sources() if source.module == "surefoot")
    block = next(node for node in front.tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == surefoot._HOME
    assert sorted(seen) == surefoot.__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no name 'minimise'"):
        surefoot.minimise


def test_the_version_is_the_installed_one() -> None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        installed = version("surefoot")
    except PackageNotFoundError:
        pytest.skip("surefoot is not installed here, only importable")
    assert surefoot.__version__ == installed
