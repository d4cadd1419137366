"""Measures: pure functions of arrays, each naming its task, its paper and its conventions.

`accuracy`, `distances`, `ngram` (a language model that counts), `listening` (statistics of
listening tests), `smoothness` (CLSM's R(J)), `loops` (the eight loop metrics), `disentangle`
(what moves under a transposition) and `tonality`.
"""
