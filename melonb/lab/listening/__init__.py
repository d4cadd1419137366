"""Listening tests: from a definition file to a blind test in a page, to answers, to a report.

The three designs are those of the four papers: ``pairs`` (MusicVAE, CLSM: which of two is better?),
``groups`` (Contrastive EC2-VAE: one piece of each source, each rated on several aspects) and
``singles`` (Loop VQ-VAE: one piece at a time, rated).

* `definition`: what a test asks, as a small JSON file.
* `design`: who hears what in which order: balanced, randomised, blind.
* `session`: `ListeningTest`, what a teacher holds in hands.
* `store`: answers in SQLite, merged from files.
* `simulate`: made-up listeners, to try a test before people take it.
* `report`: the papers' statistics, tables and plots.
"""

from __future__ import annotations

from melonb.lab.listening.definition import Definition
from melonb.lab.listening.report import Report
from melonb.lab.listening.session import ListeningTest, listening_test

__all__ = ["Definition", "ListeningTest", "Report", "listening_test"]
