"""Elements with a kernel behind them: the same script and look, its questions answered in Python.

In a live notebook such an element is shown by anywidget, which works in Jupyter, Colab and VS Code;
in a page that is being built the plain HTML is shown, with an atlas instead of a kernel. Jupyter
does not save a notebook's widgets, so an understudy of plain HTML is saved beside each.
"""

from __future__ import annotations

import functools
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from melonb.errors import MelonbError
from melonb.lab.bundle import bundle, stylesheet
from melonb.lab.element import Element
from melonb.lab.session import is_live

__all__ = ["LiveElement"]

Answer = Callable[[Any], Mapping[str, Any]]

_GLUE = "export default { render: globalThis.melonb.render };\n"


@functools.cache
def _widget_class() -> type[Any]:
    """Define the widget when it is first needed: anywidget is heavy and not everywhere."""
    import anywidget
    import traitlets

    class LiveWidget(anywidget.AnyWidget):
        _esm = bundle() + _GLUE
        _css = stylesheet()
        name = traitlets.Unicode().tag(sync=True)
        kind = traitlets.Unicode().tag(sync=True)
        data = traitlets.Dict().tag(sync=True)

    return LiveWidget


def _keeps_outputs() -> bool:
    """Tell Jupyter's own pages from Colab's, where each output is a frame."""
    return "JPY_SESSION_NAME" in os.environ and "google.colab" not in sys.modules


def respond(answer: Answer, message: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one message of the page; what goes wrong travels back as a line of text."""
    try:
        return {"ticket": message["ticket"], "answer": dict(answer(message["question"]))}
    except MelonbError as error:
        return {"ticket": message["ticket"], "error": str(error)}
    except Exception as error:  # a reader's decoder may raise anything; a page must not hang
        return {"ticket": message["ticket"], "error": f"{type(error).__name__}: {error}"}


class LiveElement(Element):
    """An element whose questions Python answers while a reader sits in front of it.

    Parameters
    ----------
    html_text, text
        As for `Element`.
    kind, data
        The element's kind and what its script reads when it is live.
    answer
        From a question (plain values) to an answer (a mapping of plain values).
    """

    def __init__(
        self, html_text: str, text: str, kind: str, data: Mapping[str, Any], answer: Answer
    ) -> None:
        super().__init__(html_text, text)
        self.kind = kind
        self.data = data
        self.answer = answer
        self.name = uuid.uuid4().hex

    def widget(self) -> Any:
        """Make a live widget of this element."""
        widget = _widget_class()(name=self.name, kind=self.kind, data=dict(self.data))
        widget.on_msg(lambda one, message, _buffers: one.send(respond(self.answer, message)))
        return widget

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundled = super()._repr_mimebundle_(include, exclude)
        if not is_live():
            return bundled
        made = self.widget()._repr_mimebundle_()
        shown = made[0] if isinstance(made, tuple) else made
        return {**shown, "text/plain": self.text}

    def understudy(self) -> Element:
        """Give what a saved notebook shows in place of the widget, which is not saved with it.

        Its script leaves it unseen as long as the widget of the same name is in the page.
        """
        tag = f"<melonb-{self.kind}"
        return Element(self.html.replace(tag, f'{tag} live="{self.name}"', 1), self.text)

    @property
    def _ipython_display_(self) -> Callable[[], None] | None:
        """What IPython calls, where outputs are kept in one page; else it asks for the bundle."""
        return self._show_both if is_live() and _keeps_outputs() else None

    def _show_both(self) -> None:
        from IPython.display import display

        display(self._repr_mimebundle_(), raw=True)
        display(self.understudy())
