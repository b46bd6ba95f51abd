"""ContentInfo: a content package."""

DOC = """A content package, or one of its kin, together with all that it needs.

`content_package`, `application`, `driver_package`, `os_image` and `prestart_command` provide it.
"""

FIELDS = dict(
    label = "Label: the target that declares the package.",
    package_id = "string: the package ID, eight characters A-Z 0-9.",
    version = "string: the package version.",
    kind = "string: `package`, `application`, `driver`, `os_image` or `prestart`.",
    display_name = "string: what people call the package.",
    pack = "File: the package's bytes as they travel: the pack, or the sealed pack if the medium has a key.",
    info = "File: sizes, digests and the list of files of the pack before it is sealed (a binary `tsmedia.PackInfo`).",
    seal_info = "File: size and digests of the sealed pack (a binary `tsmedia.SealInfo`); `None` without a key.",
    sensitive = "bool: the pack stays out of remote caches, and so does every volume that holds it in clear.",
    command = "string: the command line that installs an application, or that a prestart command is; else empty.",
    dependencies = "tuple of Label: what the package needs directly.",
    closure = """depset of struct: this package and all that it needs, dependencies first. An entry has the fields \
`label`, `package_id`, `version`, `kind`, `display_name`, `pack`, `info`, `seal_info`, `sensitive`, `command` and `dependencies`.""",
)

ContentInfo = provider(doc = DOC, fields = FIELDS)
