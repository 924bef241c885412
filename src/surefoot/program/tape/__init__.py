"""A function as a short list of float64 operations, which a page can run without Python."""

from surefoot.program.tape.curves import MakeRule, curve_tape, initial_state, step_tape
from surefoot.program.tape.maker import tape_of, tape_of_program
from surefoot.program.tape.ops import ARITY, BINARY, REDUCTIONS, TERNARY, UNARY
from surefoot.program.tape.planes import plane_tape
from surefoot.program.tape.tape import NotOnTape, Tape

__all__ = [
    "ARITY",
    "BINARY",
    "REDUCTIONS",
    "TERNARY",
    "UNARY",
    "MakeRule",
    "NotOnTape",
    "Tape",
    "curve_tape",
    "initial_state",
    "plane_tape",
    "step_tape",
    "tape_of",
    "tape_of_program",
]
