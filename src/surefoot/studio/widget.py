"""The lab inside a notebook: one anywidget over the same module and the same messages."""

from typing import Any

import anywidget
import traitlets

from surefoot.solve.shown import Subject
from surefoot.studio.page import module_text
from surefoot.studio.session import Session
from surefoot.terms import InputError, Scenario


class LabWidget(anywidget.AnyWidget):
    """A view of a scenario; what the page changes comes back through the traits.

    The page computes from the scenario's tapes alone, so it draws at full speed without asking the
    kernel, and a saved notebook stays alive without one. What no tape carries is asked of the
    kernel in custom messages, the same that the local server takes.

    Attributes:
        scenario: the document, as JSON values.
        start: where the ball begins.
        theme: "auto", "light" or "dark".
    """

    _esm = module_text()
    scenario = traitlets.Dict().tag(sync=True)
    start = traitlets.Float(0.0).tag(sync=True)
    theme = traitlets.Enum(["auto", "light", "dark"], "auto").tag(sync=True)

    def __init__(self, scenario: Scenario, subject: Subject | None = None) -> None:
        super().__init__(
            scenario=scenario.to_json(), start=scenario.start, theme=scenario.view.theme
        )
        self._session = Session(self.send, scenario, subject)
        self.on_msg(self._receive)

    @property
    def document(self) -> Scenario:
        """The scenario as it is now."""
        return Scenario.from_json(self.scenario)

    def bundle(self, words: str, **options: Any) -> Any:
        """What a notebook shows, by mime type; `words` where it can show no widget."""
        found: Any = self._repr_mimebundle_(**options)
        data, *rest = found if isinstance(found, tuple) else (found,)
        shown = {**data, "text/plain": words}
        return (shown, *rest) if rest else shown

    @traitlets.validate("scenario")
    def _check(self, proposal: Any) -> Any:
        try:
            Scenario.from_json(proposal["value"])
        except InputError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    def _receive(self, widget: Any, content: Any, buffers: Any) -> None:
        self._session.receive_value(content)

    def close(self) -> None:
        """End the view and the worker behind it."""
        self._session.close()
        super().close()
