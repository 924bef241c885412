"""Which second derivatives can be other than zero, from the program's steps alone.

For each element of each array the set of coordinates it depends on, as rows of a boolean sparse
matrix D. A step that is linear unites sets and adds nothing to the Hessian; any other step that
mixes elements i of its arguments lets every two coordinates in their sets interact, so the
pattern grows by DᵢᵀDᵢ; a product of a and b by D_aᵀD_b and its transpose.

asdex answers the same question with more detail, and colours the pattern; it needs numba, whose
import alone costs more than most problems here, and it stops at data-dependent code. So the
pattern is a table on the one walker, and it is conservative: a step without a rule mixes all.
"""

from collections.abc import Sequence
from math import inf
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from surefoot.facts.cards import CARDS, Composition
from surefoot.program import Node, Program, walk
from surefoot.program.abstract import Dependent, Indices, abstract_table, depends, spread
from surefoot.program.numpy_rules import scatter_map
from surefoot.terms import UnsupportedError

PER_ROW = 32
"""The most entries a row, on average, for which a pattern counts as sparse."""


class TooDenseError(Exception):
    """The pattern is not worth following any further."""


class Sets(Dependent):
    """For each element the coordinates it depends on.

    Attributes:
        rows: (size, n) boolean CSR.
        pattern: collects the Hessian's pattern, shared by all values of one walk.
    """

    def __init__(self, shape: tuple[int, ...], rows: Any, pattern: "Pattern") -> None:
        self.shape = shape
        self.rows = rows
        self.pattern = pattern

    def take(self, where: Indices) -> "Sets":
        flat = np.ravel(where)
        if np.all(flat >= 0):
            return type(self)(tuple(where.shape), self.rows[flat], self.pattern)
        kept = np.nonzero(flat >= 0)[0]
        pick = _ones(kept, flat[kept], (len(flat), self.size))
        return type(self)(tuple(where.shape), _boolean(pick @ self.rows), self.pattern)

    def reshaped(self, shape: tuple[int, ...]) -> "Sets":
        return type(self)(shape, self.rows, self.pattern)

    @classmethod
    def join(cls, values: Sequence[Any]) -> "Sets":
        first = next(value for value in values if isinstance(value, Sets))
        parts = [_sets(value, first.pattern).rows for value in values]
        rows = sparse.csr_array(sparse.vstack(parts))
        return cls((rows.shape[0],), rows, first.pattern)


class Pattern:
    """The pattern found so far, as pairs of coordinates.

    Attributes:
        size: n.
        full: whether everything interacts with everything.
        most: how many entries any step may take before the walk is given up as too dense.
    """

    def __init__(self, size: int, most: float = inf) -> None:
        self.size = size
        self.full = False
        self.most = most
        self._found: Any = sparse.csr_array((size, size), dtype=bool)

    def mix(self, left: Any, right: Any) -> None:
        """Row i of `left` interacts with row i of `right`."""
        self.afford(float(np.diff(left.indptr).astype(float) @ np.diff(right.indptr)))
        product = _boolean(left.T @ right)
        self._found = _boolean(self._found + product + product.T)

    def afford(self, entries: float) -> None:
        """Give the walk up where a step would take more entries than it may."""
        if entries > self.most:
            raise TooDenseError

    @property
    def matrix(self) -> Any:
        """Boolean CSR (n, n), symmetric."""
        if self.full:
            return sparse.csr_array(np.ones((self.size, self.size), bool))
        return self._found


def _boolean(matrix: Any) -> Any:
    return sparse.csr_array(matrix).astype(bool)


def _ones(rows: Any, columns: Any, shape: tuple[int, int]) -> Any:
    return sparse.csr_array((np.ones(len(rows), bool), (rows, columns)), shape=shape)


def _sets(value: Any, pattern: Pattern) -> Sets:
    if isinstance(value, Sets):
        return value
    shape = np.shape(value)
    size = int(np.prod(shape, dtype=np.int64))
    return Sets(shape, sparse.csr_array((size, pattern.size), dtype=bool), pattern)


def _pattern(arguments: Sequence[Any]) -> Pattern:
    return next(value for value in arguments if isinstance(value, Sets)).pattern


def _united(node: Node, arguments: Sequence[Any]) -> Sets:
    """Element by element the union of the arguments' sets."""
    shape, pattern = node.outputs[0].shape, _pattern(arguments)
    parts = [_sets(spread(v, shape), pattern).rows for v in arguments if depends(v)]
    rows = parts[0]
    for more in parts[1:]:
        rows = _boolean(rows + more)
    return Sets(shape, rows, pattern)


def _all(node: Node, arguments: Sequence[Any]) -> Any:
    """Every output depends on every coordinate that goes in."""
    pattern = _pattern(arguments)
    union = np.zeros(pattern.size, bool)
    for value in arguments:
        if isinstance(value, Sets):
            union[value.rows.indices] = True
    columns = np.nonzero(union)[0]
    results: list[Sets] = []
    for out in node.outputs:
        size = int(np.prod(out.shape, dtype=np.int64))
        pattern.afford(float(size) * len(columns))
        rows = np.repeat(np.arange(size), len(columns))
        entries = _ones(rows, np.tile(columns, size), (size, pattern.size))
        results.append(Sets(out.shape, entries, pattern))
    return tuple(results) if len(results) > 1 else results[0]


def _mixing(node: Node, *arguments: Any) -> Any:
    """A step of which only the arguments are known: all that goes in interacts."""
    result = _all(node, arguments)
    first = result[0] if isinstance(result, tuple) else result
    if first.size:
        row = first.rows[[0]]
        first.pattern.mix(row, row)
    return result


def _elementwise(node: Node, *arguments: Any) -> Sets:
    """A curved function of elements at the same place."""
    result = _united(node, arguments)
    result.pattern.mix(result.rows, result.rows)
    return result


def _linear(node: Node, *arguments: Any) -> Sets:
    return _united(node, arguments)


def _mul(node: Node, a: Any, b: Any) -> Sets:
    result = _united(node, (a, b))
    if depends(a) and depends(b):
        shape, pattern = node.outputs[0].shape, result.pattern
        left, right = _sets(spread(a, shape), pattern), _sets(spread(b, shape), pattern)
        pattern.mix(left.rows, right.rows)
    return result


def _div(node: Node, a: Any, b: Any) -> Sets:
    return _elementwise(node, a, b) if depends(b) else _united(node, (a,))


def _select(node: Node, which: Any, *cases: Any) -> Sets:
    """The choice itself has no slope; at a tie the pattern does not matter."""
    return _united(node, [case for case in cases if depends(case)] or [which])


def _first_power(node: Node, v: Sets) -> Any:
    return v if node.params["y"] == 1 else _elementwise(node, v)


def _grouped(node: Node, v: Sets) -> Any:
    axes = node.params["axes"]
    kept = [axis for axis in range(len(v.shape)) if axis not in axes]
    out = node.outputs[0].shape
    target = np.arange(int(np.prod(out, dtype=np.int64)))
    target = np.broadcast_to(
        target.reshape([size if axis in kept else 1 for axis, size in enumerate(v.shape)]), v.shape
    )
    adder = _ones(np.ravel(target), np.arange(v.size), (int(np.prod(out, dtype=np.int64)), v.size))
    return Sets(out, _boolean(adder @ v.rows), v.pattern)


def _reduced(node: Node, v: Sets) -> Any:
    result = _grouped(node, v)
    if node.primitive == "reduce_prod":
        result.pattern.mix(result.rows, result.rows)
    return result


def _running(node: Node, v: Sets) -> Any:
    return _all(node, (v,)) if node.primitive == "cumsum" else _mixing(node, v)


def _dot(node: Node, a: Any, b: Any) -> Any:
    (contract_a, contract_b), (batch_a, batch_b) = node.params["dimension_numbers"]
    pattern = _pattern((a, b))
    left, right = _sets(a, pattern), _sets(b, pattern)
    one, rows = _laid_out(left.shape, batch_a, contract_a, False)
    two, columns = _laid_out(right.shape, batch_b, contract_b, True)
    batch, depth = one.shape[0], one.shape[-1]
    full = (batch, rows, columns, depth)
    pattern.afford(float(np.prod(full, dtype=float)))
    if np.prod(full, dtype=float) > 2e7:
        return _mixing(node, a, b)
    place_a = np.broadcast_to(one[:, :, None, :], full).ravel()
    place_b = np.broadcast_to(two[:, None, :, :], full).ravel()
    out = np.repeat(np.arange(batch * rows * columns), depth)
    shape = (batch * rows * columns, left.size), (batch * rows * columns, right.size)
    if not (depends(a) and depends(b)):
        fixed = np.ravel(np.asarray(b if depends(a) else a))
        used = np.nonzero(fixed[place_b if depends(a) else place_a])[0]
        out, place_a, place_b = out[used], place_a[used], place_b[used]
    from_a = _boolean(_ones(out, place_a, shape[0]) @ left.rows)
    from_b = _boolean(_ones(out, place_b, shape[1]) @ right.rows)
    if depends(a) and depends(b):
        pairs = _boolean(_ones(place_a, place_b, (left.size, right.size)))
        pattern.mix(left.rows, _boolean(pairs @ right.rows))
    return Sets(node.outputs[0].shape, _boolean(from_a + from_b), pattern)


def _laid_out(shape: Any, batch: Any, contract: Any, second: bool) -> tuple[NDArray[Any], int]:
    """Positions as (batch, free, contracted), and the number of free ones."""
    free = [i for i in range(len(shape)) if i not in contract and i not in batch]
    places = np.arange(int(np.prod(shape, dtype=np.int64))).reshape(shape)
    count = int(np.prod([shape[i] for i in free], dtype=np.int64))
    sizes = [int(np.prod([shape[i] for i in axes], dtype=np.int64)) for axes in (batch, contract)]
    laid = places.transpose([*batch, *free, *contract]).reshape(sizes[0], count, sizes[1])
    return laid, count


def _scatter_add(node: Node, a: Any, indices: Any, updates: Any) -> Any:
    if depends(indices):
        return _mixing(node, a, updates)
    pattern = _pattern((a, updates))
    base, more = _sets(a, pattern), _sets(updates, pattern)
    target = np.ravel(scatter_map(node, base.shape, indices, more.shape))
    kept = np.nonzero(target >= 0)[0]
    adder = _ones(target[kept], kept, (base.size, more.size))
    return Sets(base.shape, _boolean(base.rows + _boolean(adder @ more.rows)), pattern)


def _dependent_calls(node: Node, *arguments: Any) -> Any:
    card = CARDS.get(node.primitive)
    if card is not None and card.composition is Composition.OPAQUE and len(node.outputs) == 1:
        same = all(np.shape(v) in ((), node.outputs[0].shape) for v in arguments)
        if same and node.primitive not in ("sort", "cummax", "cummin", "cumlogsumexp"):
            return _elementwise(node, *arguments)
    return _mixing(node, *arguments)


_RULES: dict[str, Any] = {
    **dict.fromkeys(
        [
            "add", "add_any", "sub", "neg", "stop_gradient", "copy", "copy_p", "name",
            "convert_element_type", "real", "abs", "sign", "floor", "ceil", "round",
            "integer_div", "max", "min", "clamp", "lt", "le", "gt", "ge", "eq", "ne", "and", "or",
            "xor", "not", "is_finite",
        ], _linear
    ),
    "mul": _mul, "div": _div, "select_n": _select, "integer_pow": _first_power,
    "square": _elementwise, "pow": _elementwise, "reduce_sum": _reduced,
    "reduce_prod": _reduced, "reduce_max": _reduced, "reduce_min": _reduced,
    "cumsum": _running, "cumprod": _running, "dot_general": _dot,
    "scatter-add": _scatter_add, "scatter-sub": _scatter_add,
}  # fmt: skip

_table = abstract_table("sparsity", _RULES, _dependent_calls)


def sparse_pattern(program: Program) -> Any:
    """`hessian_sparsity` where it is sparse: at most `PER_ROW` entries a row on average; else None.

    Given up as soon as a step would take eight times as many, so that asking costs little where
    the answer is no.
    """
    if program not in _sparse:
        _sparse[program] = _sparse_pattern(program)
    return _sparse[program]


_sparse: WeakKeyDictionary[Program, Any] = WeakKeyDictionary()
"""Asked of one program by the planner and again by the engine that it chose."""


def _sparse_pattern(program: Program) -> Any:
    size = program.structure.size
    try:
        found = _followed(program, Pattern(size, 8.0 * PER_ROW * size))
    except TooDenseError:
        return None
    if found.full or found.matrix.nnz > PER_ROW * size:
        return None
    return found.matrix


def hessian_sparsity(program: Program) -> Any:
    """Where the Hessian of a program's outputs can be other than zero.

    Steps that are linear between corners (abs, max, …) add nothing: their curvature is zero
    wherever they have one.

    Returns:
        boolean scipy.sparse CSR (n, n), symmetric; full where the program is not followed.
    """
    return _followed(program, Pattern(program.structure.size)).matrix


def _followed(program: Program, pattern: Pattern) -> Pattern:
    size = pattern.size
    inputs: list[Any] = []
    start = 0
    for var in program.graph.inputs:
        count = int(np.prod(var.shape, dtype=np.int64))
        rows = _ones(np.arange(count), np.arange(start, start + count), (count, size))
        inputs.append(Sets(var.shape, rows, pattern))
        start += count
    try:
        walk(program.graph, _table, [_table.literal(v) for v in program.consts], inputs)
    except UnsupportedError:
        pattern.full = True
    return pattern


def colours(pattern: Any) -> NDArray[np.int64]:
    """Columns that may share one Hessian-vector product, as a number for each column (n,).

    Two columns share a colour only if no row has both; so H v with v the sum of a colour's unit
    vectors holds each of its columns' entries unmixed. Greedy, columns with most entries first
    (Curtis, Powell and Reid 1974).
    """
    symmetric = sparse.csr_array(pattern).astype(bool)
    size = symmetric.shape[0]
    meeting = _boolean(symmetric @ symmetric)
    order = np.argsort(-np.diff(symmetric.indptr), kind="stable")
    colour = np.full(size, -1, np.int64)
    for column in order:
        start, stop = meeting.indptr[column], meeting.indptr[column + 1]
        taken = set(colour[meeting.indices[start:stop]].tolist())
        number = 0
        while number in taken:
            number += 1
        colour[column] = number
    return colour
