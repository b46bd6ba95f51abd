"""PackInfo: the pack of one package, before any key is applied to it."""

DOC = """The pack of one package, before any key is applied to it. Private: `NAME.pack` hands it to `NAME`."""

FIELDS = dict(
    package_id = "string: the package ID.",
    version = "string: the package version.",
    kind = "string: the kind of package, as in ContentInfo.",
    display_name = "string: what people call the package.",
    pack = "File: the pack.",
    info = "File: the pack's binary `tsmedia.PackInfo`.",
    sensitive = "bool: as in ContentInfo.",
)

PackInfo = provider(doc = DOC, fields = FIELDS)
