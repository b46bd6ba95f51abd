"""Implementation of os_image."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":content.bzl", "CONTENT_RULE_ATTRS", "content_providers", "declare_content")
load(":pack.bzl", "image_pack")
load(":providers/content_info.bzl", "ContentInfo")

def _os_image_impl(ctx):
    return content_providers(ctx)

_os_image = rule(
    implementation = _os_image_impl,
    doc = "An operating system image.",
    attrs = CONTENT_RULE_ATTRS,
    provides = [ContentInfo],
    toolchains = [TOOLCHAIN_TYPE],
)

def os_image(
        name,
        package_id,
        version,
        src,
        format = "tar",
        index = 1,
        display_name = "",
        file_time = "1980-01-01T00:00:00Z",
        sensitive = False,
        **kwargs):
    """An operating system image for *Apply Operating System Image* steps: one file that travels as it is.

    ```starlark
    os_image(
        name = "minilinux",
        package_id = "LAB00001",
        version = "1",
        src = ":minilinux.tar",
        format = "tar",
    )
    ```

    Args:
        name: name of the target.
        package_id: the package ID: eight of A-Z and 0-9.
        version: the version: a letter or digit, then up to 31 letters, digits and `. _ + ~ -`.
        src: the image file.
        format: `tar` (the root file system as a tar archive; it is compressed with zstd) or `wim` (stored as it is).
        index: number of the image in the file; 1 is the only one in this version.
        display_name: what people call the image; by default `name`.
        file_time: time of the image, in UTC.
        sensitive: keeps the pack, and every volume that holds it in clear, out of remote caches.
        **kwargs: what every rule has: `visibility`, `tags`, `testonly`, `target_compatible_with`, ...
    """
    declare_content(
        name,
        pack_rule = image_pack,
        content_rule = _os_image,
        pack_attrs = {
            "display_name": display_name,
            "file_time": file_time,
            "format": format,
            "index": index,
            "kind": "os_image",
            "package_id": package_id,
            "sensitive": sensitive,
            "src": src,
            "version": version,
        },
        content_attrs = {},
        common = kwargs,
    )
