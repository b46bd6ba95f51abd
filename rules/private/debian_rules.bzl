"""Implementation of the repository rule debian_rules."""

load(":debian_fetch.bzl", "PIN_ATTRS", "PIN_ENVIRON", "debian_fetch", "debian_unpack")

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

debian_rules = repository_rule(
    implementation = _debian_rules_impl,
    doc = """Bazel rules that Debian ships beside its Bazel, as an external repository.

In the private build root (`tools/buildroot`) they are there already; elsewhere
they come from the pinned binary package, with the same content.
""",
    environ = PIN_ENVIRON,
    attrs = PIN_ATTRS | {
        "architecture": attr.string(mandatory = True, doc = "Architecture of the package."),
        "path": attr.string(mandatory = True, doc = "Folder in the package that becomes the repository."),
    },
)
