"""What the eye cannot tell apart is refused, with the character by name and its place marked."""

import pytest

import surefoot as sf

REFUSED = [
    ("х^2", 0, "cyrillic small letter ha.*Latin letter x; write x"),
    ("x + у", 4, "cyrillic small letter u.*write y"),
    ("а x^2 + a", 0, "cyrillic small letter a"),
    ("f(х) = х^2", 2, "cyrillic small letter ha"),
    ("ехр x", 0, "cyrillic small letter ie.*write e"),
    ("sіn x", 1, "byelorussian-ukrainian i.*write i"),
    ("цx", 0, "mixes Latin letters with the cyrillic small letter tse"),
    ("A^2 + Α^2", None, "look alike.*greek capital letter alpha"),
    ("o^2 + ο^2", None, "look alike.*omicron"),
    ("２x", 0, "fullwidth digit two.*write 2"),
    ("x＋1", 1, r"fullwidth plus sign.*write \+"),
    ("x^２", 2, "write 2"),
    ("x\u200b^2", 1, "invisible character stands here .zero width space.; delete it"),
    ("\ufeffx^2", 0, "invisible"),
    ("x\u202ey", 1, "invisible"),
    ("x\ufe0f^2", 1, "invisible.*variation selector"),
    ("x—1", 1, "em dash.*write -"),
    ("x‐1", 1, "hyphen.*write -"),
    ("x•y", 1, r"bullet.*write \*"),
    ("x⁄2", 1, "fraction slash.*write /"),
    ("“x”", 0, "names stand without quotes"),
    ("xˆ2", 1, r"looks like the power sign; write \^"),
    ("ǀxǀ", 0, r"looks like the bar"),
    ("log_2 x", 0, r"'log_2' reads two ways.*log2\(…\)"),
    ("log_3 x", 0, r"log\(…\)/log\(3\)"),
    ("ln_2 x", 0, r"ln\(2\)"),
    ("tg x", 0, r"'tg' reads two ways.*tan\(…\)"),
    ("sgn(x)", 0, r"sign\(…\)"),
]


@pytest.mark.parametrize(("text", "place", "words"), REFUSED)
def test_refused_at_the_character(text: str, place: int | None, words: str) -> None:
    with pytest.raises(sf.FormulaError, match=words) as caught:
        sf.formula(text)
    assert place is None or caught.value.start == place


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("x − 1", ("x",)),
        ("x × y · z ÷ 2", ("x", "y", "z")),
        ("θ + Δx + μ_max", ("Δx", "θ", "μ_max")),
        ("скорость время", ("время", "скорость")),
        ("ν + v", ("v", "ν")),
        ("log2 x + log₁₀ x", ("x",)),
        ("f(lg, x) = lg x", ("lg", "x")),
        ("log_b + x", ("log_b", "x")),
        ("x\u00a0+\u20091", ("x",)),
    ],
)
def test_read_as_meant(text: str, variables: tuple[str, ...]) -> None:
    assert sf.formula(text).variables == variables
