"""SourceListInfo: several targets under one destination."""

DOC = """Several targets under one destination of `srcs`. Private: stands for a list in the dictionary."""

FIELDS = dict(
    targets = "list of Target: the sources, in order.",
)

SourceListInfo = provider(doc = DOC, fields = FIELDS)
