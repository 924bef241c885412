"""Write what the page's own tests compare with, and the presets that it carries.

    python tools/lab_fixtures.py          writes lab/tests/golden/*.json and lab/src/presets.json
    python tools/lab_fixtures.py --check  fails where a file tells something else

Values of functions and steps are JAX's and optax's, of single operations mpmath's to 40 digits (at
infinities, NaN and poles: NumPy's). Each file is {"jax": version, "items": [...]}, an item being

    {"name", "tape", "cases": [{"inputs", "outputs"}], "scale": [per output]}

An output is right within 1e-12·max(|value|, scale). `paths.json` and `ends.json` hold steps instead
of cases.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.program.tape_cases import CASES, OPS, exact  # noqa: E402
from tools.noise_fixtures import noise_items  # noqa: E402
from tools.page_fixtures import packed, presets, shown, unpacked  # noqa: E402, F401

import surefoot as sf  # noqa: E402
from surefoot.descent import RULES  # noqa: E402
from surefoot.descent.backtracking_lbfgs import backtracking_lbfgs  # noqa: E402
from surefoot.descent.plane_rules import plane_rules  # noqa: E402
from surefoot.formulas import parse  # noqa: E402
from surefoot.problem import read_problem_file  # noqa: E402
from surefoot.program import Program, trace  # noqa: E402
from surefoot.program.tape import (  # noqa: E402
    Tape,
    curve_tape,
    initial_state,
    plane_tape,
    step_tape,
)
from surefoot.terms import Status  # noqa: E402

GOLDEN = ROOT / "lab" / "tests" / "golden"
PRESETS = ROOT / "lab" / "src" / "presets.json"
RULE_TAPES = ROOT / "lab" / "src" / "rules.json"
DOUBLE_WELL = "0.08w^4 - 0.6w^2 + 0.25w + 0.15 sin(3w) + 1.9"
LOOSE = ("paths.json", "ends.json", "planes.json", "noise.json")
"""Files that hold walks, right within 1e-9."""
POINTS = 12
"""Random points for each function."""

Item = dict[str, Any]


def files() -> dict[Path, Callable[[], Any]]:
    """Each file and what makes its content."""
    made: dict[Path, Callable[[], Any]] = {
        GOLDEN / "functions.json": lambda: _bundle(functions()),
        GOLDEN / "ops.json": lambda: _bundle(operations()),
        GOLDEN / "columns.json": lambda: _bundle(columns()),
        GOLDEN / "steps.json": lambda: _bundle(steps()),
        GOLDEN / "paths.json": lambda: _bundle(paths()),
        GOLDEN / "ends.json": lambda: _bundle(ends()),
        GOLDEN / "planes.json": lambda: _bundle(planes()),
        GOLDEN / "noise.json": lambda: _bundle(noise_items()),
        GOLDEN.parent / "support" / "shown.json": shown,
        PRESETS: presets,
        RULE_TAPES: rule_tapes,
    }
    return made


def _bundle(items: list[Item]) -> dict[str, Any]:
    return {"jax": jax.__version__, "items": items}


def _item(
    name: str, tape: Tape, inputs: Any, outputs: Any, scale: Any = None
) -> Item:
    cases = [
        {"inputs": [number(v) for v in point], "outputs": [number(v) for v in values]}
        for point, values in zip(inputs, outputs, strict=True)
    ]
    scales = [0.0] * len(tape.outputs) if scale is None else [float(s) for s in scale]
    return {"name": name, "tape": tape.to_json(), "cases": cases, "scale": scales}


def number(value: float) -> float | str:
    """A number as it stands in JSON."""
    if np.isfinite(value):
        return float(value)
    return "nan" if np.isnan(value) else "inf" if value > 0 else "-inf"


def _by_jax(function: Callable[..., Any], points: Any) -> Any:
    with jax.enable_x64(True):
        rows = jax.jit(jax.vmap(function))(jnp.asarray(points, float))
        return np.stack([np.asarray(row) for row in rows], axis=1)


def _curve(program: Program) -> Callable[[Any], Any]:
    """Value, slope and curvature of a function of one number, as JAX has them."""

    def value(w: Any) -> Any:
        return jnp.asarray(program.flat(program.consts, w[None]), float)

    return lambda w: _three(value, w)


def _three(function: Callable[[Any], Any], at: Any) -> tuple[Any, Any, Any]:
    found, derivative = jax.jvp(jax.value_and_grad(function), (at,), (jnp.ones_like(at),))
    return (*found, derivative[1])


def functions() -> list[Item]:
    """Every function of the formula language: value, slope, curvature."""
    items: list[Item] = []
    for name, case in CASES.items():
        program = trace(parse(case.text), 1.0)
        points = np.array(case.at(POINTS))
        values = _by_jax(_curve(program), points)
        scale = np.nanmax(np.abs(values), axis=0) if case.cancels else None
        items.append(_item(name, curve_tape(program), points[:, None], values, scale))
    return items


def operations() -> list[Item]:
    """Every operation alone."""
    items: list[Item] = []
    for name, op in OPS.items():
        tape = Tape(op.arity, (), (), 1, ((op.op, *range(op.arity), *op.literal),), (op.arity,))
        points = op.points()
        items.append(_item(name, tape, points, [[exact(op, point)] for point in points]))
    for name in ("sum", "prod", "maxof", "minof"):
        column = (0.5, -1.25, 3.0, 1e16, -1e16, 0.125)
        tape = Tape(1, (), (column,), 6, (("mul", 0, 1), (name, 2)), (3,))
        points = [[1.0], [-0.5], [3.7], [float("nan")], [float("inf")]]
        items.append(_item(name, tape, points, [tape.run(point) for point in points]))
    return items


def columns() -> list[Item]:
    """Fits to data, cut along a direction: value, slope and curvature in t."""
    items: list[Item] = []
    for name in ("thermal_expansion", "adsorption", "electron_mobility"):
        file = read_problem_file(ROOT / "examples" / f"{name}.toml")
        program = trace(lambda p, file=file: jnp.sum(file.formula(p) ** 2), file.start)
        x = program.structure.ravel(file.start)
        rng = np.random.default_rng(3)
        points = [
            [t, 0.25, *x, *(x * rng.uniform(-1.0, 1.0, x.size))] for t in (0.25, 0.2501, 0.4, -0.3)
        ]
        items.append(_item(name, curve_tape(program), points, _by_jax(_cut(program), points)))
    return items


def _cut(program: Program) -> Callable[[Any], Any]:
    size = program.structure.size

    def three(row: Any) -> Any:
        t, t0, x, d = row[0], row[1], row[2 : 2 + size], row[2 + size :]

        def value(s: Any) -> Any:
            return jnp.asarray(program.flat(program.consts, x + (s - t0) * d), float)

        return _three(value, t)

    return three


def steps() -> list[Item]:
    """One step of each first-order rule on the double well."""
    program = trace(parse(DOUBLE_WELL), 1.0)
    items: list[Item] = []
    for name, rule in RULES.items():
        if not rule.first_order:  # it asks for more than a gradient, and no tape carries it
            continue
        rng = np.random.default_rng(5)
        state = len(initial_state(rule, 0.0))
        count = np.arange(8.0)[:, None]
        rest = np.hstack([count, rng.uniform(0.1, 1.0, (8, state - 1))]) if state > 1 else (
            rng.uniform(0.1, 1.0, (8, state))
        )
        points = np.hstack([rng.uniform(-3, 3, (8, 1)), rng.uniform(0.01, 1, (8, 1)), rest])
        outputs = [_one_step(program, rule, point) for point in points]
        items.append(_item(name, step_tape(program, rule), points, outputs))
    return items


def _one_step(program: Program, rule: Any, point: Any) -> list[float]:
    with jax.enable_x64(True):
        w, eta = jnp.asarray(point[0]), float(point[1])
        fresh, structure = jax.tree_util.tree_flatten(rule(eta).init(w))
        given = [jnp.asarray(v, leaf.dtype) for v, leaf in zip(point[2:], fresh, strict=True)]
        slope = jax.grad(lambda v: program.flat(program.consts, v[None]))(w)
        state = jax.tree_util.tree_unflatten(structure, given)
        update, after = rule(eta).update(slope, state, w)
        return [float(v) for v in (w + update, *jax.tree_util.tree_leaves(after))]


def paths() -> list[Item]:
    """Fifty steps of gradient descent as `descend` takes them, right within 1e-9."""
    program = trace(parse(DOUBLE_WELL), 1.0)
    tape = step_tape(program, RULES["gd"])
    items: list[Item] = []
    for start, eta in ((1.88354, 0.5), (1.88354, 0.2), (-3.0, 0.05), (0.3, 0.62)):
        walk = sf.descend(DOUBLE_WELL, start, "gd", 50, lr=eta)
        items.append({
            "name": f"from {start} with {eta}", "tape": tape.to_json(), "state": [],
            "start": start, "eta": eta, "w": walk.points[:, 0].tolist(),
            "value": walk.values.tolist(), "slope": walk.gradients[:, 0].tolist(),
        })  # fmt: skip
    return items


ENDS = (
    ("x^4", 3.0, 0.5, 60),
    ("x^2", 1.0, 1.5, 200),
    ("x^2", 1.0, 1.02, 200),
    ("-x^4", 0.5, 1.0, 60),
    ("x^4 - 1e3 x^3", 2e3, 1.0, 60),
    ("(x - 1e17)^2", 0.0, 0.5, 20),
    ("(x - 1e17)^2", 0.0, 1.2, 20),
    ("1e-8 (1e6 x)^4", 3e-6, 1e-3, 60),
    ("exp(x^2)", 5.0, 1e-10, 60),
    ("cosh(x)", 2.0, 9.0, 60),
    ("log(x)", 1.0, 0.6, 20),
    ("x - log(x)", 3.0, 5.0, 20),
    ("x + 1/x", 0.5, 0.9, 20),
    ("sqrt(x)", 1.0, 0.7, 20),
    (DOUBLE_WELL.replace("w", "x"), 1.88354, 3.0, 60),
    (DOUBLE_WELL.replace("w", "x"), 1.88354, 30.0, 60),
)
"""Walks that end before their last step, and some that nearly do: formula, start, η, steps."""


def ends() -> list[Item]:
    """How walks of gradient descent end as `descend` takes them, and at which step."""
    reasons = {Status.DIVERGED: "diverged", Status.NOT_A_NUMBER: "left the domain"}
    items: list[Item] = []
    for text, start, eta, steps in ENDS:
        program = trace(parse(text), 1.0)
        walk = sf.descend(text, start, "gd", steps, lr=eta)
        reason = None if walk.ended is None else reasons[walk.ended]
        items.append({
            "name": f"{text} from {start} with {eta}", "curve": curve_tape(program).to_json(),
            "tape": step_tape(program, RULES["gd"]).to_json(), "state": [], "start": start,
            "eta": eta, "steps": steps, "reason": reason, "w": walk.points[:, 0].tolist(),
        })  # fmt: skip
    return items


PLANES = (
    ("(x^2 + y - 11)^2 + (x + y^2 - 7)^2", (-0.5, -1.0), 0.01),
    ("(1 - x)^2 + 100(y - x^2)^2", (-0.5, 1.0), 0.001),
    ("0.5x^2 + 12y^2 + sin(x y)", (1.5, 0.6), 0.03),
)
"""Walks on planes: formula, start, η; RMSProp and Adam, whose steps are lengths, take
four and ten of it (RMSProp not so much that its end cycle begins, which is chaotic).

From other starts (Rosenbrock's (-1.2, 1) for L-BFGS) a walk multiplies the last digits by more than
10⁶ on its way, in JAX as anywhere."""


def planes() -> list[Item]:
    """Value, gradient and Hessian on planes, and fifty steps of every rule as `descend` takes them,
    right within 1e-9."""
    items: list[Item] = []
    for text, start, eta in PLANES:
        formula = parse(text)
        program = trace(formula, formula.example())
        rng = np.random.default_rng(7)
        points = rng.uniform(-3.0, 3.0, (POINTS, 2))
        item = _item(text, plane_tape(program), points, _six(program, points))
        walks: list[Any] = []
        for rule in plane_rules():
            rate = 1.0 if rule.name in ("newton", "l-bfgs") else eta
            rate *= {"rmsprop": 4.0, "adam": 10.0}.get(rule.name, 1.0)
            named = backtracking_lbfgs() if rule.searches else rule.name
            lr = {} if rule.searches else {"lr": rate}
            walk = sf.descend(text, dict(zip("xy", start, strict=True)), named, 50, **lr)
            # On a settled walk each last digit chooses its own way; it is told up to there.
            size = np.linalg.norm(walk.gradients, axis=1)
            settled = np.flatnonzero(size <= 1e-9 * size[0])
            end = int(settled[0]) + 1 if settled.size else len(size)
            walks.append({
                "rule": rule.name, "eta": rate, "points": walk.points[:end].tolist(),
                "value": walk.values[:end].tolist(),
            })  # fmt: skip
        items.append(item | {"start": list(start), "walks": walks})
    return items


def _six(program: Program, points: Any) -> Any:
    def value(p: Any) -> Any:
        return jnp.asarray(program.flat(program.consts, p), float)

    def six(p: Any) -> Any:
        h = jax.hessian(value)(p)
        return value(p), *jax.grad(value)(p), h[0, 0], h[0, 1], h[1, 1]

    return _by_jax(six, points)


def rule_tapes() -> list[Any]:
    """The rules of the plane, which know no function."""
    return [
        {
            "name": rule.name, "label": rule.label, "tape": packed(rule.tape.to_json()),
            "state": list(rule.state), "memory": list(rule.memory), "rate": rule.rate,
            "searches": rule.searches,
        }
        for rule in plane_rules()
    ]  # fmt: skip


def written(content: Any) -> str:
    """The text of a file: an item a line."""
    items = content if isinstance(content, list) else content["items"]
    rows = ",\n".join(json.dumps(i, separators=(",", ":"), allow_nan=False) for i in items)
    if isinstance(content, list):
        return f"[\n{rows}\n]\n"
    return f'{{"jax":"{content["jax"]}","items":[\n{rows}\n]}}\n'


def difference(
    old: Any, new: Any, path: str = "", tolerance: float = 1e-12, scale: Any = None
) -> str:
    """Where two JSON values differ, "" if nowhere; numbers may differ by rounding alone.

    Another processor or another NumPy rounds a sine differently in its last bit. The outputs of an
    item are compared on its scale.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        if set(old) != set(new):
            return f"{path}: the fields differ"
        below = old.get("scale", scale)
        where = (difference(old[k], new[k], f"{path}.{k}", tolerance, below) for k in old)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"{path}: {len(old)} entries against {len(new)}"
        scales = scale if path.endswith(".outputs") and scale else [scale] * len(old)
        where = (
            difference(a, b, f"{path}[{i}]", tolerance, scales[i])
            for i, (a, b) in enumerate(zip(old, new, strict=True))
        )
    elif isinstance(old, int | float) and isinstance(new, int | float):
        floor = scale if isinstance(scale, float) else 0.0
        near = abs(old - new) <= tolerance * max(abs(old), abs(new), floor, 1e-4)
        return "" if near else f"{path}: {old} against {new}"
    else:
        return "" if old == new else f"{path}: {old!r:.60} against {new!r:.60}"
    return next((words for words in where if words), "")


def stale(paths: list[Path] | None = None) -> list[str]:
    """A sentence for each file (of all, or of `paths`) that tells something else than would be
    written now."""
    found: list[str] = []
    for path, make in files().items():
        if paths is not None and path not in paths:
            continue
        name = path.relative_to(ROOT)
        if not path.exists():
            found.append(f"{name} is missing")
            continue
        old, new = json.loads(path.read_text(encoding="utf-8")), json.loads(written(make()))
        if isinstance(old, dict) and old.get("jax") != jax.__version__:
            # Another JAX may lower a function to other steps; what they compute must be the same.
            old, new = _without_tapes(old), _without_tapes(new)
        loose = 1e-9 if path.name in LOOSE else 1e-12
        words = difference(old, new, str(name), loose)
        if words:
            found.append(words)
    return found


def _without_tapes(content: Any) -> Any:
    tapes = ("tape", "curve")
    return [{k: v for k, v in item.items() if k not in tapes} for item in content["items"]]


def main() -> int:
    """Write or check; the exit code says whether the files were right."""
    if "--check" in sys.argv:
        wrong = stale()
        print("\n".join(wrong) or "all files are what would be written now")
        return 1 if wrong else 0
    for path, make in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(make()), encoding="utf-8")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
