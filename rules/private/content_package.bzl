"""Implementation of content_package."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":content.bzl", "CONTENT_RULE_ATTRS", "content_providers")
load(":providers/content_info.bzl", "ContentInfo")
load(":tree_content.bzl", "declare_tree_content")

def _content_package_impl(ctx):
    return content_providers(ctx)

_content_package = rule(
    implementation = _content_package_impl,
    doc = "A content package.",
    attrs = CONTENT_RULE_ATTRS,
    provides = [ContentInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def content_package(
        name,
        package_id,
        version,
        srcs = {},
        archives = {},
        symlinks = {},
        empty_dirs = [],
        executables = [],
        strip_prefix = "",
        display_name = "",
        compression = "zstd",
        windows = False,
        file_time = "1980-01-01T00:00:00Z",
        sensitive = False,
        **kwargs):
    """Files with a package ID and a version, for steps that run commands or copy files.

    The package is packed once, however many media use it: a canonical `tar` archive, compressed with zstd. Files have
    mode 0644, or 0755 if Bazel built them as programs or `executables` matches their path; owner and group are 0, times
    are `file_time`. Other modes come from `archives` and from rules_pkg.

    ```starlark
    content_package(
        name = "site_tools",
        package_id = "LAB00012",
        version = "3",
        srcs = {
            "bin/inventory": "//inventory",
            "docs/": [":manuals"],
            "readme.txt": "readme.txt",
        },
        archives = {"/": "@site_tools_deb//:data.tar"},
        symlinks = {"bin/inv": "inventory"},
        empty_dirs = ["var/spool"],
        executables = ["bin/*", "lib/**/*.sh"],
    )
    ```

    `NAME` provides ContentInfo; its file is the pack. `NAME.pack` is an implementation detail. Refused are paths that
    leave the package, links that do, names equal but for case, and device nodes.

    Args:
        name: name of the target.
        package_id: the package ID: eight of A-Z and 0-9. It identifies the package in task sequences and on media.
        version: the version: a letter or digit, then up to 31 letters, digits and `. _ + ~ -`. Change it whenever the
            content changes in a way that people should notice.
        srcs: dictionary: path in the package -> label, or list of labels. A path that ends in `/` is a directory and
            takes any number of files or a tree artifact; `"/"` is the root of the package; any other path takes exactly
            one file. Targets of rules_pkg (`pkg_files`, `pkg_filegroup`, ...) are mounted at a directory with their own
            paths, modes and links. Lists don't work inside `select()`: use a filegroup there.
        archives: dictionary: directory of the package (`"/"` is the root) -> archive (tar, deb or zip) that is unpacked
            there, with its modes and links. The way for big trees: 100,000 inputs cost the sandbox seconds, one archive
            costs nothing.
        symlinks: dictionary: path of a symbolic link -> its target, relative to the link's directory.
        empty_dirs: list of directories to be created empty.
        executables: list of patterns of paths that get mode 0755; `*` stays within a path component, `**` does not.
        strip_prefix: what is left out of the paths of files in directories of `srcs`. Without it a file stands below the
            directory as it stands below its own Bazel package; `"docs"` leaves out that directory of the package;
            `"/third_party"` counts from the root of the repository. It has no meaning for single files, tree artifacts
            and targets of rules_pkg.
        display_name: what people call the package; by default `name`.
        compression: `zstd`, or `none` for files that are compressed already.
        windows: whether names that Windows does not have are an error.
        file_time: time of all files, in UTC.
        sensitive: keeps the pack, and every volume that holds it in clear, out of remote caches.
        **kwargs: what every rule has: `visibility`, `tags`, `testonly`, `target_compatible_with`, ...
    """
    declare_tree_content(
        name,
        kind = "package",
        rule = _content_package,
        package_id = package_id,
        version = version,
        srcs = srcs,
        content_attrs = {},
        kwargs = dict(
            archives = archives,
            compression = compression,
            display_name = display_name,
            empty_dirs = empty_dirs,
            executables = executables,
            file_time = file_time,
            sensitive = sensitive,
            strip_prefix = strip_prefix,
            symlinks = symlinks,
            windows = windows,
            **kwargs
        ),
    )
