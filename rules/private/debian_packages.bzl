"""Implementation of debian_packages and its repository rules."""

load(":debian_fetch.bzl", "PIN_ATTRS", "debian_fetch", "debian_unpack")
load(":debian_mirrors.bzl", "declare_debian_mirrors")

_PACKAGE_BUILD = """\
package(default_visibility = ["//visibility:public"])

exports_files(["package.deb"])
"""

_FILES_BUILD = """\
filegroup(
    name = "files",
    srcs = glob({globs}, allow_empty = False),
)

exports_files(glob({globs}, allow_empty = False))
"""

def _debian_package_impl(rctx):
    debian_fetch(rctx, "package.deb")
    build = _PACKAGE_BUILD
    if rctx.attr.files:
        debian_unpack(rctx, "package.deb", output = "data")
        build += "\n" + _FILES_BUILD.format(globs = ["data/" + file for file in rctx.attr.files])
    rctx.file("BUILD.bazel", build)

debian_package = repository_rule(
    implementation = _debian_package_impl,
    doc = "One pinned binary package; declared by `debian_packages`.",
    attrs = PIN_ATTRS | {
        "architecture": attr.string(mandatory = True, doc = "`amd64`, or `all`."),
        "files": attr.string_list(doc = "Patterns (as in `glob`) of files to unpack; none: nothing is unpacked."),
    },
)

def _hub_impl(rctx):
    build = ["package(default_visibility = [\"//visibility:public\"])"]
    for name, repository in rctx.attr.packages.items():
        aliases = {name: "package.deb"}
        files = rctx.attr.files.get(name, [])
        if files:
            aliases[name + "/files"] = "files"
        for file in files:
            if "*" not in file:
                aliases["{}/{}".format(name, file)] = "data/" + file
        for alias, target in aliases.items():
            build.append('alias(name = "{}", actual = "@{}//:{}")'.format(alias, repository, target))
    rctx.file("BUILD.bazel", "\n".join(build) + "\n")

_hub = repository_rule(
    implementation = _hub_impl,
    attrs = {
        "files": attr.string_list_dict(),
        "packages": attr.string_dict(),
    },
)

def debian_packages(name, packages, files = {}):
    """Pinned Debian binary packages as one repository.

    Each package is downloaded when something first needs it. `@NAME//:PACKAGE`
    is the .deb file itself. For packages named in `files`, which are unpacked
    as well, `@NAME//:PACKAGE/PATH` is a single file and `@NAME//:PACKAGE/files`
    all that the patterns match. Links are followed and modes are lost: to get a
    package as it is, take the .deb file.

    ```starlark
    load("//:my_lock.bzl", "DEBIAN_PACKAGES")

    debian_packages(
        name = "debian",
        files = {"shim-signed": ["usr/lib/shim/shimx64.efi.signed"]},
        packages = DEBIAN_PACKAGES,
    )
    ```

    Args:
      name: name of the repository.
      packages: a lock (`DEBIAN_PACKAGES`) as `//tools/debian:refresh_lock` writes it.
      files: package name -> paths or patterns (as in `glob`) of files to unpack.
    """
    unknown = [package for package in files if package not in packages]
    if unknown:
        fail("debian_packages {}: files: no such package in the lock: {}".format(name, ", ".join(unknown)))
    declare_debian_mirrors()
    repositories = {}
    for package, pin in packages.items():
        # A repository's name has no '+'.
        repository = "{}_{}".format(name, package.replace("+", "_"))
        repositories[package] = repository
        debian_package(name = repository, files = files.get(package, []), **pin)
    _hub(name = name, files = files, packages = repositories)
