"""MediaInfo: a finished medium."""

DOC = """A finished medium and what it was made from."""

FIELDS = dict(
    label = "Label: the target that declares the medium.",
    kind = "string: the kind of medium: `standalone`.",
    format = "string: the format of the volumes: `iso` or `usb`.",
    is_set = "bool: whether there may be several volumes.",
    sector_size = "int: of `usb`: bytes of the drive's logical sectors; else 0.",
    arch = "string: the architecture of the target machines.",
    volume_label = "string: the label as the definition says it.",
    volumes = "File: the image; of a set, a directory with the images `LABEL_1of3.iso`, ...",
    plan = "File: the media plan (binary `tsmedia.MediaPlan`).",
    manifest = "File: the media manifest (binary `tsmedia.Manifest`).",
    signature = "File: the manifest's signature, in signify format.",
    inputs = "tuple of struct(name, file): the inputs of the plan, from which the volumes are made.",
    public_key = "File: the public key that the signature is checked with.",
    media_key = "MediaKeyInfo: the key that protects the content; `None`: it is in clear.",
    content = "depset of struct: all packages on the medium, dependencies first; entries as in `ContentInfo.closure`.",
)

MediaInfo = provider(doc = DOC, fields = FIELDS)
