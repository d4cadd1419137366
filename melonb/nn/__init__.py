"""Layers that two papers or more use; they know nothing of music, data or training.

`gaussian` (posteriors, slerp), `recurrent` (fused LSTM and GRU), `sampling` (drawing symbols),
`attention` (relative attention), `flow` (affine couplings), `quantiser` (a codebook) and
`convolution`; `placed` (a network in use).
"""
