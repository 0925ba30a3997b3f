"""The pages: what `allocator serve` shows, over the same use cases as the command line. `docs/web.md` tells the user.

A page is a module with a `router`: it reads through use cases, and hands values to a template; what it shows is also
JSON under /api. Nothing here computes.
"""
