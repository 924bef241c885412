"""The examples of a loss as the lab shows them: their numbers, and the tape of one of them."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from surefoot.program.tape import NotOnTape, Tape, tape_of
from surefoot.solve.examples import Examples
from surefoot.solve.sampled_loss import SampledLoss
from surefoot.terms import MOST_EXAMPLES, ExampleSet, InputError


def sample_of(examples: Examples, seed: int) -> Examples:
    """The examples that are shown, in float64: all, or 256 that are drawn once by the seed."""
    leaves = tuple(_wide(leaf) for leaf in examples.leaves)
    if examples.count <= MOST_EXAMPLES:
        return Examples(leaves, examples.treedef, examples.count)
    drawn = np.random.default_rng(seed).permutation(examples.count)[:MOST_EXAMPLES]
    chosen = np.sort(drawn)
    return Examples(tuple(leaf[chosen] for leaf in leaves), examples.treedef, MOST_EXAMPLES)


def _wide(leaf: Any) -> Any:
    return leaf.astype(np.float64) if leaf.dtype.kind == "f" else leaf


def examples_shown(sampled: SampledLoss, of: int) -> ExampleSet:
    """The examples of a loss with one or two parameters.

    Args:
        of: of how many examples these are a sample.

    Raises:
        InputError: a loss whose examples no tape carries; numbers that are not finite, or more of
            them than a scenario holds.
    """
    examples = sampled.examples
    rows = [np.asarray(leaf, np.float64).reshape(examples.count, -1) for leaf in examples.leaves]
    data = np.concatenate(rows, axis=1)
    try:
        tape = example_tape(sampled)
    except NotOnTape as refusal:
        raise InputError(
            f"the Noise tab computes each example in the page, and this loss has no tape for it: "
            f"{refusal.reason}. sf.noise and sf.descend(…, batches=…) take it as it is"
        ) from None
    names = tuple(sampled.question.problem.structure.paths)
    return ExampleSet(tape.to_json(), names, tuple(data.ravel().tolist()), data.shape[1], of)


def example_tape(sampled: SampledLoss) -> Tape:
    """Loss, gradient and Hessian of one example.

    Inputs w (p) and the numbers of the example, as its arrays have them; outputs [l, l', l''] for
    one parameter, [l, l_x, l_y, l_xx, l_xy, l_yy] for two.

    Raises:
        NotOnTape: where it cannot be carried.
    """
    single, size = sampled.single, sampled.question.start.size
    upper = np.triu_indices(size)

    def all_of(w: Any, *rows: Any) -> Any:
        def pair(x: Any) -> Any:
            return single.jax_value_and_gradient(single.consts, rows, x)

        value, gradient = pair(w)
        columns = [jax.jvp(pair, (w,), (unit,))[1][1] for unit in jnp.eye(size)]
        return value, gradient, jnp.stack(columns)[upper]

    shapes = [
        jax.ShapeDtypeStruct((1, *leaf.shape[1:]), leaf.dtype) for leaf in sampled.examples.leaves
    ]
    return tape_of(all_of, [size, *shapes])
