"""Implementation of source_list: several labels under one destination of `srcs`."""

load(":providers/source_list_info.bzl", "SourceListInfo")

def _source_list_impl(ctx):
    return [
        DefaultInfo(files = depset(transitive = [src[DefaultInfo].files for src in ctx.attr.srcs])),
        SourceListInfo(targets = ctx.attr.srcs),
    ]

source_list = rule(
    implementation = _source_list_impl,
    doc = "Stands for a list of labels in the dictionary `srcs`, which takes single labels only.",
    attrs = {
        "srcs": attr.label_list(allow_files = True, doc = "The sources, in order."),
    },
    provides = [SourceListInfo],
)
