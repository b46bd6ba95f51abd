"""Implementation of the repository rule debian_rules."""

load(":debian_fetch.bzl", "PIN_ATTRS", "debian_fetch", "debian_unpack")
load(":debian_mirrors.bzl", "declare_debian_mirrors")

# tools/buildroot/make-root writes it.
_BUILD_ROOT = "/etc/rules_tsmedia/build-root"

def _debian_rules_impl(rctx):
    if rctx.path(_BUILD_ROOT).exists:
        for child in rctx.path("/" + rctx.attr.path).readdir():
            rctx.symlink(child, child.basename)
    else:
        debian_fetch(rctx, "package.deb")
        debian_unpack(rctx, "package.deb", strip_prefix = rctx.attr.path)
        rctx.delete("package.deb")

_debian_rules = repository_rule(
    implementation = _debian_rules_impl,
    # In the private build root (tools/buildroot) they are there already; elsewhere they come from the pinned binary
    # package, with the same content.
    doc = "Bazel rules that Debian ships beside its Bazel; declared by `debian_rules`.",
    attrs = PIN_ATTRS | {
        "architecture": attr.string(mandatory = True, doc = "Architecture of the package."),
        "path": attr.string(mandatory = True, doc = "Folder in the package that becomes the repository."),
    },
)

def debian_rules(name, path, **pin):
    """Bazel rules that Debian ships beside its Bazel, as an external repository.

    Args:
      name: name of the repository.
      path: folder in the package that becomes the repository.
      **pin: an entry of a lock (`DEBIAN_PACKAGES`).
    """
    declare_debian_mirrors()
    _debian_rules(name = name, path = path, **pin)
