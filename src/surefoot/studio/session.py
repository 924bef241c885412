"""One page's conversation with the engine, whatever carries it: a socket or a notebook.

Messages are answered by a worker thread, so that the carrier never waits for a computation, and
proofs by another one, so that no other answer waits for a proof.
**Latest wins**: of each kind at most one message waits; a newer one takes its place. So a page that
asks faster than the engine answers costs neither memory nor delay.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from surefoot.descent import RULES, rule_steps, walk_end
from surefoot.solve.line import Line
from surefoot.solve.shown import Subject
from surefoot.solve.shown_proof import draws, prove_window
from surefoot.solve.suited import suited_rate
from surefoot.solve.window import start_in
from surefoot.studio import wire
from surefoot.studio.export import page_of
from surefoot.studio.subjects import subject_of_formula
from surefoot.terms import FormulaError, InputError, Scenario, Status, SurefootError, to_plain

SECONDS = 10.0
"""The longest that a grid or a path may take."""
CHUNK = 64
"""Steps between two looks at the clock and at the cancelled jobs."""
_REASONS = {Status.DIVERGED: "diverged", Status.NOT_A_NUMBER: "left the domain"}

Send = Callable[[dict[str, Any]], None]


class Session:
    """Answers the messages of one page.

    Args:
        send: takes each answer, a JSON object; called from the worker thread.
        scenario: what `ready` shows the page, or None.
        subject: the function behind the scenario, as function 0, for what its tape cannot carry.
    """

    def __init__(
        self, send: Send, scenario: Scenario | None = None, subject: Subject | None = None
    ) -> None:
        self._carry = send
        self._scenario = scenario
        self._functions: dict[int, Subject] = {} if subject is None else {0: subject}
        # What waits for each of the workers.
        self._waiting: dict[str, wire.Message] = {}
        self._to_prove: dict[str, wire.Message] = {}
        self._typed: dict[str, Subject] = {}
        self._cancelled: set[int] = set()
        self._running: set[int] = set()
        self._change = threading.Condition()
        self._closed = False
        self._workers: dict[str, threading.Thread] = {}

    def receive(self, text: str) -> None:
        """Take a message as JSON text; what is wrong with it is answered, never raised."""
        self._take(lambda: wire.read(text))

    def receive_value(self, value: Any) -> None:
        """Take a message as a JSON value; see `receive`."""
        self._take(lambda: wire.read_value(value))

    def close(self) -> None:
        """Drop what waits and end the worker after what it is doing."""
        with self._change:
            self._closed = True
            self._waiting.clear()
            self._to_prove.clear()
            self._change.notify_all()

    # ── taking ─────────────────────────────────────────────────────────────────────────────────

    def _take(self, read: Callable[[], wire.Message]) -> None:
        try:
            message = read()
        except wire.WireError as error:
            self._send(wire.refusal(error))
            return
        if isinstance(message, wire.Cancel):
            self._cancel(message.job)
            return
        with self._change:
            proof = isinstance(message, wire.Stationary)
            waiting = self._to_prove if proof else self._waiting
            replaced = waiting.pop(message.op, None)
            waiting[message.op] = message
            name = "surefoot-lab-proofs" if proof else "surefoot-lab-session"
            if name not in self._workers:
                self._workers[name] = threading.Thread(
                    target=self._work, args=(waiting,), name=name, daemon=True
                )
                self._workers[name].start()
            self._change.notify_all()
        # Newer answers tell the page that an older question was dropped; these two have none.
        if isinstance(replaced, wire.Define | wire.Export):
            self._refuse(replaced, "superseded", "a newer message took its place")

    def _cancel(self, job: int) -> None:
        with self._change:
            for waiting in (self._waiting, self._to_prove):
                for op, message in list(waiting.items()):
                    if getattr(message, "seq", None) == job:
                        del waiting[op]
            if job in self._running:
                self._cancelled.add(job)

    # ── answering ──────────────────────────────────────────────────────────────────────────────

    def _work(self, waiting: dict[str, wire.Message]) -> None:
        while True:
            with self._change:
                while not waiting and not self._closed:
                    self._change.wait()
                if self._closed:
                    return
                message = waiting.pop(next(iter(waiting)))
                seq = getattr(message, "seq", -1)
                self._running.add(seq)
            try:
                answer = self._answer(message)
            except FormulaError as error:
                self._refuse(
                    message, "formula", error.reason, span=[error.start, error.end], text=error.text
                )
            except wire.WireError as error:
                self._refuse(message, error.code, error.reason)
            except InputError as error:
                self._refuse(message, "input", str(error))
            except SurefootError as error:
                self._refuse(message, "unsupported", str(error))
            except Exception as error:
                # The worker must outlive a fault of ours; the page is told what to report.
                self._refuse(message, "fault", f"a fault of Surefoot ({type(error).__name__})")
            else:
                self._send(answer)
            finally:
                with self._change:
                    self._running.discard(seq)
                    self._cancelled.discard(seq)

    def _send(self, answer: dict[str, Any]) -> None:
        # Plain here and not in the carrier: a notebook's own JSON would write NaN.
        self._carry(to_plain(answer))

    def _refuse(self, message: wire.Message, code: str, reason: str, **more: Any) -> None:
        error = wire.WireError(code, reason, to_plain(message))
        self._send({**wire.refusal(error), **more})

    def _answer(self, message: wire.Message) -> dict[str, Any]:
        match message:
            case wire.Hello():
                return self._hello(message)
            case wire.Define():
                return self._define(message)
            case wire.Evaluate():
                value, slope, curvature = self._line(message).at(message.x)
                found = {"x": message.x, "value": value, "slope": slope, "curvature": curvature}
                return {"op": "value", "id": message.id, "seq": message.seq, **found}
            case wire.Grid():
                return self._grid(message)
            case wire.Walk():
                return self._walk(message)
            case wire.Stationary():
                return self._prove(message)
            case wire.Export():
                scenario = Scenario.from_json(message.scenario)
                html = page_of(scenario, self._functions.get(0))
                return {"op": "exported", "html": html}
            case wire.Cancel():
                raise AssertionError("a cancel never waits")

    def _hello(self, message: wire.Hello) -> dict[str, Any]:
        if message.v != wire.VERSION:
            raise wire.WireError(
                "version",
                f"the page speaks version {message.v}, this engine {wire.VERSION}; load it again",
            )
        from importlib.metadata import version

        scenario = None if self._scenario is None else self._scenario.to_json()
        return {
            "op": "ready", "v": wire.VERSION, "version": version("surefoot"),
            "limits": wire.limits(), "scenario": scenario,
        }  # fmt: skip

    def _define(self, message: wire.Define) -> dict[str, Any]:
        formula = wire.read_formula(message.src, message.vars)
        subject = subject_of_formula(formula)
        box = message.box or subject.window()
        shown = subject.shown(box)
        if shown.slices and message.box is not None:
            first = replace(shown.slices[0], box=box)
            shown = replace(shown, slices=(first, *shown.slices[1:]))
        start = start_in(subject.line(), box)
        self._functions.pop(message.id, None)
        self._functions[message.id] = subject
        if len(self._functions) > wire.LIMITS.functions:
            # The function from Python stays; of the typed ones the oldest goes.
            del self._functions[next(key for key in self._functions if key != 0)]
        return {
            "op": "defined", "id": message.id, "function": to_plain(shown), "box": list(box),
            "start": start, "eta": suited_rate(subject.line(), box, start),
        }  # fmt: skip

    def _line(self, message: wire.Evaluate | wire.Grid | wire.Walk) -> Line:
        subject = self._functions.get(message.id)
        if subject is None:
            raise wire.WireError("no-function", f"there is no function {message.id} here")
        return subject.line(message.slice)

    def _grid(self, message: wire.Grid) -> dict[str, Any]:
        w = np.linspace(*message.box, message.n)
        stop = self._stopper(message.seq)
        value, slope, curvature = self._line(message).many(w, stop)
        stop(finished=True)
        found = {"w": w, "value": value, "slope": slope, "curvature": curvature}
        lists = {name: array.tolist() for name, array in found.items()}
        return {"op": "samples", "id": message.id, "seq": message.seq, **lists}

    def _walk(self, message: wire.Walk) -> dict[str, Any]:
        rule, stop = RULES[message.rule], self._stopper(message.seq)
        x0 = np.array([message.x0])
        with np.errstate(all="ignore"):
            found = rule_steps(
                self._line(message).evaluator, rule, rule.name, x0, message.eta, message.steps,
                stop, CHUNK,
            )  # fmt: skip
        stop(finished=True)
        kept, ended = walk_end(found.points, found.values, found.gradients)
        lists = {
            "w": found.points[:kept, 0].tolist(), "value": found.values[:kept].tolist(),
            "slope": found.gradients[:kept, 0].tolist(),
        }  # fmt: skip
        reason = "" if ended is None else _REASONS[ended]
        return {"op": "path", "id": message.id, "seq": message.seq, **lists, "reason": reason}

    def _prove(self, message: wire.Stationary) -> dict[str, Any]:
        """What is proved of a window; a newer question ends it."""
        subject = self._subject(message)
        if not draws(subject.program, message.fixed, message.probes):
            # A page that was opened again, or came with a link, may take another for it.
            raise wire.WireError(
                "another-function", "Python holds another function than the page shows"
            )

        def stop() -> bool:
            return message.seq in self._cancelled or self._closed or bool(self._to_prove)

        proof = prove_window(
            subject.program, message.fixed, message.box, stop=stop, rounds=message.boxes
        )
        if stop():
            raise wire.WireError("cancelled", "cancelled, or a newer message took its place")
        return {"op": "proof", "seq": message.seq, **to_plain(proof)}

    def _subject(self, message: wire.Stationary) -> Subject:
        if message.src is None:
            subject = self._functions.get(message.id or 0)
            if subject is None:
                raise wire.WireError("no-function", f"there is no function {message.id} here")
            return subject
        found = self._typed.get(message.src)
        if found is None:
            if len(self._typed) >= wire.LIMITS.functions:
                self._typed.clear()
            found = self._typed[message.src] = subject_of_formula(wire.read_formula(message.src))
        return found

    def _stopper(self, seq: int) -> "Stopper":
        return Stopper(lambda: seq in self._cancelled or self._closed)


class Stopper:
    """Says whether a job is to stop: cancelled, or over its time.

    Called with `finished`, it raises what the page is told instead of an answer.
    """

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._end = time.monotonic() + SECONDS

    def __call__(self, *, finished: bool = False) -> bool:
        cancelled, late = self._cancelled(), time.monotonic() > self._end
        if finished and cancelled:
            raise wire.WireError("cancelled", "cancelled, as asked")
        if finished and late:
            raise wire.WireError("too-slow", f"stopped after {SECONDS:g} s; ask for less")
        return cancelled or late
