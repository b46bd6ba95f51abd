"""Implementation of application."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":check.bzl", "check_command")
load(":content.bzl", "CONTENT_RULE_ATTRS", "content_providers")
load(":providers/content_info.bzl", "ContentInfo")
load(":tree_content.bzl", "declare_tree_content")

def _application_impl(ctx):
    check_command(ctx.label, "install", ctx.attr.install)
    return content_providers(ctx, dependencies = ctx.attr.dependencies, command = ctx.attr.install)

_application = rule(
    implementation = _application_impl,
    doc = "An application.",
    attrs = CONTENT_RULE_ATTRS | {
        "dependencies": attr.label_list(
            providers = [ContentInfo],
            doc = "Applications and packages that must be there before this one.",
        ),
        "install": attr.string(mandatory = True, doc = "The command line that installs the application."),
    },
    provides = [ContentInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def application(name, package_id, version, install, srcs = {}, dependencies = [], **kwargs):
    """An application: a content package that *Install Application* steps name, with dependencies.

    Whoever references the application gets its dependencies on the medium as well, and theirs.

    ```starlark
    application(
        name = "editor",
        package_id = "LAB00031",
        version = "9.1",
        display_name = "Editor",
        install = "sh install.sh",
        srcs = {"install.sh": "install.sh"},
        archives = {"files/": "@editor_deb//:data.tar"},
        dependencies = [":runtime"],
    )
    ```

    Args:
        name: name of the target.
        package_id: the package ID: eight of A-Z and 0-9.
        version: the version: a letter or digit, then up to 31 letters, digits and `. _ + ~ -`.
        install: the command line that installs the application; its working directory is the root of the package.
        srcs: dictionary: path in the package -> label, or list of labels; as in content_package.
        dependencies: applications and packages that must be there before this one.
        **kwargs: all other attributes of content_package.
    """
    declare_tree_content(name, "application", _application, package_id, version, srcs, {"dependencies": dependencies, "install": install}, kwargs)
