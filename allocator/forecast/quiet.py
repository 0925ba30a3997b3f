"""Importing this keeps linear algebra to one thread that waits without spinning; before numpy and torch come.

For worker processes only. On a machine with another busy process two threads per worker trained 9 to 29 times slower.
"""

from __future__ import annotations

import os

os.environ |= {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without which CUDA's sums depend on chance
}
