"""BiosBootInfo: GRUB for machines with a BIOS."""

DOC = """The loader that machines with a BIOS start from a medium, in the forms that optical discs and drives need."""

FIELDS = dict(
    cd_image = "File: what a BIOS loads from an optical disc: GRUB's `cdboot.img` with a core image behind it.",
    drive_image = "File: the core image for the BIOS boot partition of a drive.",
    boot_sector = "File: GRUB's `boot_hybrid.img`, which a BIOS loads from the first sector of a drive.",
)

BiosBootInfo = provider(doc = DOC, fields = FIELDS)
