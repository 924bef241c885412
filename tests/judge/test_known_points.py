"""Every known point, as it stands and in disguise: the kind must not change."""

import numpy as np
import pytest
from tests.judge.known_points import BOUNDED, CORNERS, FAR_OUT, SMOOTH, Known
from tests.judge.oracles import JaxOracle, judged, problem

from surefoot.judge import judge
from surefoot.terms import Confidence, PointKind, Verdict

ALL = SMOOTH + FAR_OUT + CORNERS
TURNED = {
    "GLOBAL_MINIMUM": "GLOBAL_MAXIMUM",
    "LOCAL_MINIMUM": "LOCAL_MAXIMUM",
    "FLAT_MINIMUM": "FLAT_MAXIMUM",
}
TURNED |= {right: left for left, right in TURNED.items()}


def check(known: Known, verdict: Verdict) -> None:
    assert verdict.kind in known.kinds, f"{known.name}: {verdict.to_dict()}"
    if known.attained is not None and verdict.kind in known.kinds[:1]:
        assert verdict.attained is known.attained, f"{known.name}: {verdict.to_dict()}"
    assert verdict.advice and verdict.evidence
    assert verdict.confidence is not Confidence.PROVED
    assert verdict.gap == np.inf


def rotation(size: int) -> np.ndarray:
    matrix = np.eye(size)
    for k in range(size - 1):
        turn = np.eye(size)
        turn[k : k + 2, k : k + 2] = [[0.6, -0.8], [0.8, 0.6]]
        matrix = turn @ matrix
    return matrix


DISGUISES = (
    "shifted",
    "far shifted",
    "wide",
    "narrow",
    "units",
    "value tiny",
    "value small",
    "value large",
    "value huge",
    "rotated",
    "permuted",
)


def disguise(known: Known, name: str) -> tuple[JaxOracle, np.ndarray]:
    size = len(known.point)
    point = np.array(known.point)
    matrix, shift, factor = np.eye(size), np.zeros(size), 1.0
    match name:
        case "shifted":
            shift = 1.5 - 0.75 * np.arange(size)
        case "far shifted":
            shift = np.full(size, 64.0)
        case "wide":  # x a hundred million times larger
            matrix = np.eye(size) * 2.0**-27
        case "narrow":
            matrix = np.eye(size) * 2.0**27
        case "units":  # 1e-6 and 1e6 side by side
            matrix = np.diag(2.0 ** (20.0 * (-1.0) ** np.arange(size)))
        case "value tiny":
            factor = 1e-12
        case "value small":
            factor = 1e-8
        case "value large":
            factor = 1e8
        case "value huge":
            factor = 1e12
        case "rotated":
            matrix = rotation(size)
        case "permuted":
            matrix = np.eye(size)[::-1]
        case _:
            raise AssertionError(name)
    x = np.linalg.solve(matrix, point) + shift
    return JaxOracle(known.function, size, matrix=matrix, shift=shift, factor=factor), x


@pytest.mark.parametrize("known", ALL + BOUNDED, ids=lambda known: known.name)
def test_as_it_stands(known: Known) -> None:
    verdict = judged(known.function, known.point, lower=known.lower, upper=known.upper)
    check(known, verdict)
    if known.flat:
        assert verdict.flat == tuple(f"x[{k}]" for k in known.flat)


def in_disguise(known: Known, name: str) -> None:
    oracle, x = disguise(known, name)
    check(known, judge(problem(x.size), x, oracle=oracle))


def worn(chosen: bool) -> list[object]:
    """(point, disguise) pairs: three a point for every run, the others in the slow run."""
    return [
        pytest.param(known, name, id=f"{known.name}-{name}")
        for row, known in enumerate(ALL)
        for column, name in enumerate(DISGUISES)
        if name not in known.skip and ((column - row) % len(DISGUISES) in (0, 4, 8)) is chosen
    ]


@pytest.mark.parametrize(("known", "name"), worn(True))
def test_in_disguise(known: Known, name: str) -> None:
    in_disguise(known, name)


@pytest.mark.slow
@pytest.mark.parametrize(("known", "name"), worn(False))
def test_in_every_other_disguise(known: Known, name: str) -> None:
    in_disguise(known, name)


@pytest.mark.parametrize("known", ALL + BOUNDED, ids=lambda known: known.name)
def test_maximising_the_negative_turns_the_words(known: Known) -> None:
    """maximize −f: the oracle of −(−f) is f, and only the words change."""
    x = np.array(known.point)
    asked = problem(x.size, known.lower, known.upper, sense="maximize")
    verdict = judge(asked, x, oracle=JaxOracle(known.function, x.size))
    words = {TURNED.get(kind.name, kind.name) for kind in known.kinds}
    assert verdict.kind.name in words


@pytest.mark.parametrize("known", BOUNDED, ids=lambda known: known.name)
@pytest.mark.parametrize("factor", [1e-12, 1e12])
def test_bounds_under_scaled_values(known: Known, factor: float) -> None:
    check(
        known,
        judged(known.function, known.point, lower=known.lower, upper=known.upper, factor=factor),
    )


@pytest.mark.parametrize("known", BOUNDED, ids=lambda known: known.name)
def test_bounds_mirrored(known: Known) -> None:
    """x → −x: lower bounds become upper bounds."""
    x = -np.array(known.point)
    assert known.lower is not None and known.upper is not None
    asked = problem(x.size, -np.array(known.upper), -np.array(known.lower))
    oracle = JaxOracle(known.function, x.size, matrix=-np.eye(x.size))
    check(known, judge(asked, x, oracle=oracle))


@pytest.mark.parametrize(
    "known",
    [k for k in SMOOTH if set(k.kinds) <= {PointKind.SADDLE_POINT, PointKind.NOT_STATIONARY}],
    ids=lambda known: known.name,
)
def test_the_direction_given_is_measurably_lower(known: Known) -> None:
    verdict = judged(known.function, known.point)
    oracle = JaxOracle(known.function, len(known.point))
    x, direction = np.array(known.point), np.asarray(verdict.direction)
    lengths = 4.0 ** np.arange(-30.0, 6.0)
    values = oracle.values(x + np.outer(lengths, direction))
    here = oracle.value(x)
    assert np.nanmin(values) < here - 1e-14 * max(abs(here), 1e-30)
