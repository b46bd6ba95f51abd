"""Fuzz targets that are tests as well.

The same `LLVMFuzzerTestOneInput` is replayed over its corpus, and over truncations and bit flips of it, in every
`bazel test`; with `--config=fuzz` it is a libFuzzer program that searches for more.
"""

load("@rules_cc//cc:defs.bzl", "cc_test")

def fuzz_target(name, srcs, corpus, deps, **kwargs):
    """Declares a fuzz target.

    Args:
      name: of the test, by convention `<parser>_fuzz`.
      srcs: the file that defines `LLVMFuzzerTestOneInput`.
      corpus: labels of the seed inputs; at least one.
      deps: of `srcs`.
      **kwargs: passed to cc_test, for example `size`.
    """
    cc_test(
        name = name,
        srcs = srcs,
        args = ["$(rootpaths %s)" % label for label in corpus],
        data = corpus,
        deps = deps + select({
            "//tools/base:fuzzing": [],
            "//conditions:default": ["//tools/base:fuzz_replay"],
        }),
        linkopts = select({
            "//tools/base:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        **kwargs
    )
