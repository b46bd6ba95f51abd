"""Macro body of the content packages that are trees of files."""

load(":content.bzl", "declare_content")
load(":pack.bzl", "tree_pack")
load(":source_list.bzl", "source_list")

_PACK_ATTRS = [
    "archives",
    "compression",
    "display_name",
    "empty_dirs",
    "executables",
    "file_time",
    "sensitive",
    "strip_prefix",
    "symlinks",
    "windows",
]

def _without_lists(name, srcs, common):
    """The dictionary with every list of labels replaced by a target that stands for it."""
    if type(srcs) != type({}):
        return srcs  # a select(), whose content a macro cannot see
    result = {}
    for number, (path, value) in enumerate(srcs.items()):
        if type(value) == type([]):
            helper = "%s.srcs.%d" % (name, number)
            source_list(name = helper, srcs = value, visibility = ["//visibility:private"], **common)
            value = ":" + helper
        result[path] = value
    return result

def declare_tree_content(name, kind, rule, package_id, version, srcs, content_attrs, kwargs):
    """Declares a content package that is a tree of files.

    Args:
        name: name of the target.
        kind: kind of package.
        rule: rule of `NAME`.
        package_id: the package ID.
        version: the version.
        srcs: as in content_package.
        content_attrs: dict of the attributes of `NAME`.
        kwargs: all other attributes.
    """
    common = {key: value for key, value in kwargs.items() if key not in _PACK_ATTRS}
    of_helpers = {key: value for key, value in common.items() if key in ("tags", "testonly")}
    declare_content(
        name,
        pack_rule = tree_pack,
        content_rule = rule,
        pack_attrs = {key: value for key, value in kwargs.items() if key in _PACK_ATTRS} | {
            "kind": kind,
            "package_id": package_id,
            "srcs": _without_lists(name, srcs, of_helpers),
            "version": version,
        },
        content_attrs = content_attrs,
        common = common,
    )
