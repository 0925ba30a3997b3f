"""The figures of the paper: mean loss over the nine λ by network and inputs (its figures 4 and 5).

D. Zelezetsky, "Deep learning in financial time series forecasting", 2024. The units of its loss and its inputs are not
stated, so only the order of its figures can be compared with others.
"""

from __future__ import annotations

from allocator.forecast.spec import Architecture, Inputs

_COLUMNS = (Inputs.UNIVARIATE, Inputs.TA57, Inputs.OTHERS)  # the paper's И.1, И.2, И.3
_LOSSES = {
    1: {
        Architecture.LSTM: (24.55, 19.47, 21.7),
        Architecture.ENCODER: (20.11, 12.19, 16.33),
        Architecture.ENCODER_DECODER: (20.00, 13.17, 16.4),
        Architecture.TSMIXER: (21.00, 15.71, 16.52),
    },
    2: {
        Architecture.LSTM: (28.67, 22.46, 24.85),
        Architecture.ENCODER: (24.54, 17.2, 18.26),
        Architecture.ENCODER_DECODER: (24.4, 18.55, 19.00),
        Architecture.TSMIXER: (25.64, 18.9, 20.09),
    },
}


def loss(iteration: int, network: Architecture, inputs: Inputs) -> float:
    """What the paper has in a cell of its table."""
    return _LOSSES[iteration][network][_COLUMNS.index(inputs)]
