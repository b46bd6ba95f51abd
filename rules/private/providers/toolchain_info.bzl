"""ToolchainInfo fields of the tsmedia toolchain."""

DOC = """The programs that the actions run, one for each mnemonic; `toolchain.tsmedia` of `//rules:toolchain_type`."""

TOOLS = dict(
    pack = "TsmPack: makes a pack of files.",
    boot = "TsmBoot: assembles a boot image.",
    segment = "TsmSegment: makes a segment of an initial RAM disk.",
    keymap = "TsmKeymap: compiles a keyboard layout.",
    rootfs = "TsmRootfs: lays Debian packages out as a root file system.",
    validate = "TsmValidate: checks and compiles a task sequence.",
    seal = "TsmSeal: seals a pack for a media key.",
    seal_media = "TsmSealMedia: seals the variables, the sequence and the inventory of a medium.",
    plan = "TsmPlan: lays the medium out.",
    manifest = "TsmManifest: lists every byte with its digest.",
    sign = "TsmSign: signs the manifest, or takes in a signature.",
    volume = "TsmVolume: writes one volume.",
    mediactl = "`bazel run :NAME.show` and `:NAME.verify`, and the tests of media.",
    media_contents = "media_contents_test: compares a medium with expectations.",
    compare = "media_reproducibility_test: compares the two builds.",
    vary = "media_reproducibility_test: runs the tools of the second build in another environment.",
)

FIELDS = {name: "FilesToRunProvider. " + doc for name, doc in TOOLS.items()}

TsmediaToolchainInfo = provider(doc = DOC, fields = FIELDS)
