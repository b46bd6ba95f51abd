"""Implementation of driver_package."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":content.bzl", "CONTENT_RULE_ATTRS", "content_providers")
load(":providers/content_info.bzl", "ContentInfo")
load(":tree_content.bzl", "declare_tree_content")

def _driver_package_impl(ctx):
    return content_providers(ctx)

_driver_package = rule(
    implementation = _driver_package_impl,
    doc = "A driver package.",
    attrs = CONTENT_RULE_ATTRS,
    provides = [ContentInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def driver_package(name, package_id, version, srcs = {}, **kwargs):
    """Drivers or firmware for *Apply Driver Package* steps.

    ```starlark
    driver_package(
        name = "network_firmware",
        package_id = "LAB00041",
        version = "20250410",
        archives = {"/": "@firmware_deb//:data.tar"},
    )
    ```

    Args:
        name: name of the target.
        package_id: the package ID: eight of A-Z and 0-9.
        version: the version: a letter or digit, then up to 31 letters, digits and `. _ + ~ -`.
        srcs: dictionary: path in the package -> label, or list of labels; as in content_package.
        **kwargs: all other attributes of content_package.
    """
    declare_tree_content(name, "driver", _driver_package, package_id, version, srcs, {}, kwargs)
