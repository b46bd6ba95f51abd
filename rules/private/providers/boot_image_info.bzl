"""BootImageInfo: a boot image."""

DOC = """What a medium boots: loaders, kernel, initial RAM disk with the agent, and the keys that the agent trusts."""

FIELDS = dict(
    label = "Label: the target that declares the boot image.",
    boot_info = "File: binary `tsmedia.BootInfo`: size, digest and role of each file.",
    files = "list of struct(path, file): every file with its path on the medium, without a leading slash.",
    arch = "string: the architecture of the target machines, for example `x86_64`.",
    firmware = "tuple of string: the firmware that can boot it: `bios`, `uefi`.",
    trusted_keys = "tuple of File: the public keys that are built into the initial RAM disk.",
    media_kinds = "tuple of string: the kinds of media that it was made for.",
)

BootImageInfo = provider(doc = DOC, fields = FIELDS)
