"""The front door of the lab: anything that has a curve, opened where the person is."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surefoot.formulas import Formula
from surefoot.problem import flat_bounds
from surefoot.solve.batches import Batches
from surefoot.solve.shown import Subject
from surefoot.solve.suited import suited_rate
from surefoot.solve.window import Window, holding, start_in
from surefoot.studio.batches import noise_scenario
from surefoot.studio.export import Frame, write_page
from surefoot.studio.presets import preset_scenario
from surefoot.studio.subjects import subject_of_formula, subject_of_function
from surefoot.studio.wire import read_formula
from surefoot.terms import InputError, Scenario, ShownFunction, check_window

if TYPE_CHECKING:
    from surefoot.studio.guard import Guard
    from surefoot.studio.server import LabServer
    from surefoot.studio.widget import LabWidget


class Lab:
    """A lab that is ready to be opened: shows itself in a notebook, opens a browser elsewhere.

    Attributes:
        scenario: what it shows; after a notebook's page has moved something, what it shows now.
        subject: the function behind it, for what no tape can carry; None for a bare scenario.
    """

    def __init__(self, scenario: Scenario, subject: Subject | None = None) -> None:
        self._scenario = scenario
        self.subject = subject
        self._widget: LabWidget | None = None
        self._server: LabServer | None = None
        self._guard: Guard | None = None

    @property
    def scenario(self) -> Scenario:
        """What is shown."""
        return self._scenario if self._widget is None else self._widget.document

    @property
    def start(self) -> float:
        """Where the ball begins, also after somebody has dragged it in a notebook."""
        return self._scenario.start if self._widget is None else float(self._widget.start)

    @property
    def widget(self) -> "LabWidget":
        """The notebook's widget, made when first asked for (needs the extra `lab`)."""
        if self._widget is None:
            with _needs_extra():
                from surefoot.studio.widget import LabWidget
            self._widget = LabWidget(self._scenario, self.subject)
        return self._widget

    def export(self, path: str | Path) -> Path:
        """Write one HTML file that works offline and without Python; returns its path.

        Raises:
            InputError: the file cannot be written.
        """
        return write_page(self.scenario, path, self.subject)

    def embed(self, height: int = 1000) -> Frame:
        """The exported page as the output of a notebook's cell.

        For a notebook that is read without a kernel, in which no widget appears. It adds the page,
        about 0.3 MB, to the file, and Python does not hear what is moved in it.

        Args:
            height: in CSS pixels.

        Raises:
            InputError: a height that is none.
        """
        if not height >= 100:
            raise InputError(f"height is {height!r}; expected pixels, 100 or more, e.g. 1000")
        return Frame(self.scenario, int(height), self.subject)

    def serve(self, *, port: int | None = None) -> str:
        """Start the local server in this process, once, and return the address to open.

        Raises:
            InputError: no port can be had.
        """
        if self._server is None:
            with _needs_extra():
                from surefoot.studio.server import LabServer, Options
            # Served again, the lab keeps its address: pages that are still open find back.
            kept = self._guard
            options = Options(
                port=port if port is not None or kept is None else kept.port,
                token=None if kept is None else kept.token,
            )
            self._server = LabServer(self._scenario, self.subject, options)
            self._guard = self._server.guard
            self._server.start()
        return self._server.url

    def open(self, *, port: int | None = None, block: bool | None = None) -> str:
        """Open the lab in the browser.

        Args:
            port: where to listen on 127.0.0.1; by default 8731 or the next one that is free.
            block: whether to wait until Ctrl-C, since the lab ends with the process that serves
                it; by default in a script, not at a prompt.

        Returns:
            The address.
        """
        import time
        import webbrowser

        url = self.serve(port=port)
        if not webbrowser.open(url):
            print(f"the lab is at {url}")
        if block if block is not None else not _at_a_prompt():
            try:
                while True:
                    time.sleep(3600.0)
            except KeyboardInterrupt:
                self.close()
        return url

    def close(self) -> None:
        """End the server and the widget; pages that are open go on with what they have."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._widget is not None:
            self._scenario = self._widget.document
            self._widget.close()
            self._widget = None

    def __repr__(self) -> str:
        shown = self.scenario
        start = f"{self.start:g}"
        if shown.tab == "landscape" and shown.function.plane is not None:
            start = "({:g}, {:g})".format(*shown.function.plane.cuts[0].start)
        return (
            f"Lab({shown.function.title} on ({shown.box[0]:g}, {shown.box[1]:g}), start "
            f"{start}; .open() opens a browser, .export(path) writes a page)"
        )

    def _repr_mimebundle_(self, **options: Any) -> Any:
        try:
            widget = self.widget
        except InputError as error:
            words = {"text/plain": f"{self!r}\n{error}"}
            return words | {"text/html": self.embed().html()}
        return widget.bundle(repr(self), **options)


def lab(
    f: Any = None,
    box: Any = None,
    *,
    start: Any = None,
    eta: float | None = None,
    batches: Batches | None = None,
) -> Lab:
    """A ball on the curve of f: gradient descent to play with, exact derivatives under it.

    Args:
        f: a formula ("w^4 - w^2"), a Python function of one argument written in jax.numpy, a
            Scenario, or a result that has one (`solution`, `trajectory`). None shows the first
            screen. A function of several numbers is cut along each coordinate.
        box: the window, (lower, upper); for several numbers also a dict name → (lower, upper) or
            sf.Box. Chosen by where the slope is zero if left out, and so that it holds the start.
        start: where the ball begins; for a function of several numbers the point that the cuts go
            through, in the structure of its argument (which it tells).
        eta: the step scale; by default one with which the ball arrives from its start, where it
            does with any; with minibatches one that suits the curvature.
        batches: minibatches of data. f is then a loss(params, batch) with one or two parameters,
            and the lab opens on the noise of its gradients; `start` tells the structure of params.
            Of more than 256 examples as many are drawn once, by the seed of the batches.

    Returns:
        The lab: shows itself in a notebook; `.open()` opens a browser, `.export(path)` writes one
        HTML file.

    Raises:
        InputError: anything that cannot be used as it is.

    Example:
        >>> import surefoot as sf
        >>> sf.lab("(w^2 - 1)^2", (-2, 2), start=1.5).scenario.function.title
        'L(w)'
    """
    if not (eta is None or (isfinite(eta) and eta > 0.0)):
        raise InputError(f"eta is {eta!r}; expected a number above 0, e.g. 0.5")
    if batches is not None:
        return Lab(*noise_scenario(f, box, start, eta, batches))
    if f is None:
        return Lab(preset_scenario())
    if hasattr(f, "to_lab"):
        f = f.to_lab()
    if isinstance(f, Scenario):
        return Lab(_moved(f, box, start))
    subject = _subject(f, start)
    if subject.size == 1:
        window = subject.window() if box is None else _window(box)
        if box is None and start is not None:
            window = holding(window, float(subject.centre[0]))
        check_window(window, "box")
        ball = start_in(subject.line(), window) if start is None else float(subject.centre[0])
        rate = suited_rate(subject.line(), window, ball) if eta is None else float(eta)
        return Lab(Scenario(subject.shown(window), window, ball, rate), subject)
    shown = subject.shown()
    if box is not None:
        lower, upper = flat_bounds(box, subject.program.structure, "box")
        slices = [
            replace(cut, box=(float(low), float(high)))
            if isfinite(low) and isfinite(high) else cut
            for cut, low, high in zip(shown.slices, lower, upper, strict=False)
        ]  # fmt: skip
        shown = replace(shown, slices=tuple(slices))
    if start is not None:
        slices = [
            replace(cut, box=holding(cut.box, float(place)), start=float(place))
            for cut, place in zip(shown.slices, subject.centre, strict=False)
        ]
        shown = replace(shown, slices=tuple(slices))
    first = shown.slices[0]
    rate = suited_rate(subject.line(), first.box, first.start) if eta is None else float(eta)
    if shown.plane is not None and subject.size == 2:
        shown = _landscape(shown, box is not None, start is not None, subject)
        made = Scenario(shown, first.box, first.start, rate, tab="landscape")
        return Lab(made, subject)
    return Lab(Scenario(shown, first.box, first.start, rate), subject)


def _landscape(
    shown: ShownFunction, boxed: bool, placed: bool, subject: Subject
) -> ShownFunction:
    """A function of two numbers with the window and the start that were asked for in its plane."""
    assert shown.plane is not None
    cut = shown.plane.cuts[0]
    if boxed:
        cut = replace(cut, box=(shown.slices[0].box, shown.slices[1].box))
    if placed:
        cut = replace(cut, start=(float(subject.centre[0]), float(subject.centre[1])))
    return replace(shown, plane=replace(shown.plane, cuts=(cut,)))


def _subject(f: Any, start: Any) -> Subject:
    if isinstance(f, str):
        f = read_formula(f)
    if isinstance(f, Formula):
        if start is None or not f.variables:
            return subject_of_formula(f)
        values = start if isinstance(start, Mapping) else {f.variables[0]: start}
        return subject_of_formula(f, f.bind(values) if len(f.variables) > 1 else values)
    if not callable(f):
        raise InputError(
            f"the lab shows formulas, functions, scenarios and solutions; found "
            f"{type(f).__name__}: {str(f)[:60]!r}"
        )
    return subject_of_function(f, start)


def _window(box: Any) -> Window:
    pair = tuple(box) if isinstance(box, tuple | list) else ()
    if len(pair) != 2:
        raise InputError(f"box is {str(box)[:60]!r}; expected (lower, upper), two numbers")
    try:
        return float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        raise InputError(f"box is {str(box)[:60]!r}; expected two numbers") from None


def _moved(scenario: Scenario, box: Any, start: Any) -> Scenario:
    if box is not None:
        scenario = replace(scenario, box=_window(box))
    if start is not None:
        scenario = replace(scenario, start=float(start))
    return scenario


def _at_a_prompt() -> bool:
    return hasattr(sys, "ps1") or "IPython" in sys.modules


class _needs_extra:  # noqa: N801 - reads as a statement
    """Turns a missing library of the extra `lab` into a sentence."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ModuleNotFoundError) and error.name in _EXTRA:
            raise InputError(
                f"this needs {error.name}, which is not installed: pip install 'surefoot[lab]'. "
                "lab.export(path) writes a page without it"
            ) from None


_EXTRA = {"starlette", "uvicorn", "websockets", "anywidget", "traitlets", "ipywidgets"}
