"""The paper's experiment: four networks on three inputs for nine λ, on the hours of the Moscow Exchange.

`grid` says what is trained, `materials` on what, `running` has it done by a pool, `results` keeps each cell in a file,
`summary` takes the means that the paper prints, `paper` has the paper's own figures.
"""
