"""The five networks, one readable file each; `build` makes the one that a `ModelSpec` describes."""
