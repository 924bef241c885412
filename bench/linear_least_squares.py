"""Linear least squares in eight variables, as people write it, cold: against CVXPY.

    python bench/linear_least_squares.py [--runs 5]

Every run is a new process. What is timed starts after the imports: the first call of all, with
everything that it loads, traces or compiles. The garbage of the imports is collected before: with
JAX loaded one pass of the collector takes 70 ms of processor time, and whether it falls into this
call or a later one is chance. The rows take turns, so that a busy machine slows all alike; "best"
is the quickest first call, "CPU" the median of its processor time, "warm" the median of the fifth
calls. The error is the largest difference from the exact answer in rationals.
"""

import argparse
import json
import statistics
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
ROWS, SIZE = 40, 8

SETUP = f"""
import json, sys, time
import numpy as np
rng = np.random.default_rng(8)
A = rng.integers(-9, 10, size=({ROWS}, {SIZE})).astype(float)
b = rng.integers(-9, 10, size={ROWS}).astype(float)
"""
TIMED = """
import gc
gc.collect()
times = []
for _ in range(5):
    begin, cpu = time.perf_counter(), time.process_time()
    x = solve()
    times.append((time.perf_counter() - begin, time.process_time() - cpu))
print(json.dumps([*times[0], times[-1][0], np.asarray(x).tolist()]))
"""
SUREFOOT = "import jax.numpy as jnp\nimport surefoot as sf\nsf.minimize\n"
FORMS = {
    "sum((A@x-b)**2)": "lambda x: jnp.sum((A @ x - b) ** 2)",
    "‖A@x-b‖² by dot": "lambda x: jnp.dot(A @ x - b, A @ x - b)",
    "mean of squares": "lambda x: jnp.mean((b - A @ x) ** 2)",
    "norm, squared": "lambda x: jnp.linalg.norm(A @ x - b) ** 2",
    "xᵀAᵀAx − 2bᵀAx": "lambda x: x @ (A.T @ A) @ x - 2 * b @ A @ x",
    "a Python loop": "lambda x: sum((jnp.dot(A[i], x) - b[i]) ** 2 for i in range(len(b)))",
}
CVXPY = """
import cvxpy as cp
def solve():
    x = cp.Variable(A.shape[1])
    cp.Problem(cp.Minimize(cp.sum_squares(A @ x - b))).solve()
    return x.value
"""


def programs() -> dict[str, str]:
    """Name of each row ↦ the program of its process."""
    found = {
        f"sf.minimize   {name}": f"{SETUP}{SUREFOOT}f = {body}\n"
        f"def solve():\n    return sf.minimize(f, np.zeros({SIZE})).x\n{TIMED}"
        for name, body in FORMS.items()
    }
    found["sf.least_squares  A@x-b"] = (
        f"{SETUP}{SUREFOOT}f = lambda x: A @ x - b\n"
        f"def solve():\n    return sf.least_squares(f, np.zeros({SIZE})).x\n{TIMED}"
    )
    found["CVXPY  sum_squares(A@x-b)"] = SETUP + CVXPY + TIMED
    found["numpy.linalg.lstsq"] = (
        f"{SETUP}\ndef solve():\n    return np.linalg.lstsq(A, b, rcond=None)[0]\n{TIMED}"
    )
    return found


def exact() -> np.ndarray:
    """The answer in rationals, by Gauss-Jordan elimination on the normal equations."""
    rng = np.random.default_rng(8)
    a = rng.integers(-9, 10, size=(ROWS, SIZE)).tolist()
    b = rng.integers(-9, 10, size=ROWS).tolist()
    table = [
        [Fraction(sum(row[i] * row[j] for row in a)) for j in range(SIZE)]
        + [Fraction(sum(row[i] * y for row, y in zip(a, b, strict=True)))]
        for i in range(SIZE)
    ]
    for i in range(SIZE):
        table[i] = [entry / table[i][i] for entry in table[i]]
        for k in range(SIZE):
            if k != i:
                table[k] = [p - table[k][i] * q for p, q in zip(table[k], table[i], strict=True)]
    return np.array([float(row[-1]) for row in table])


def measure(program: str) -> tuple[list[float], list[float]]:
    """First call, its processor time and the fifth call in milliseconds, and the answer.

    Raises:
        RuntimeError: the last line of what the process had to say when it failed.
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["failed"])[-1])
    *seconds, x = json.loads(done.stdout.splitlines()[-1])
    return [1e3 * part for part in seconds], x


def main() -> None:
    """Run every program several times, in turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    answer = exact()
    times: dict[str, list[list[float]]] = {name: [] for name in programs()}
    errors = dict.fromkeys(times, 0.0)
    failures: dict[str, str] = {}
    for _ in range(runs):
        for name, program in programs().items():
            try:
                found, x = measure(program)
            except RuntimeError as failure:
                failures[name] = str(failure)
                continue
            times[name].append(found)
            errors[name] = max(errors[name], float(np.max(np.abs(np.array(x) - answer))))
    print(f"{'milliseconds':30} {'cold':>8} {'best':>8} {'CPU':>8} {'warm':>8} {'error':>9}")
    for name, rows in times.items():
        if name in failures:
            print(f"{name:30} {failures[name][:60]}")
            continue
        cold, cpu, warm = (statistics.median(column) for column in zip(*rows, strict=True))
        best = min(row[0] for row in rows)
        print(f"{name:30} {cold:8.1f} {best:8.1f} {cpu:8.1f} {warm:8.1f} {errors[name]:9.1e}")


if __name__ == "__main__":
    main()
