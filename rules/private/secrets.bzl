"""How secret files reach the two actions that use them, and nothing else."""

load(":check.bzl", "label_text", "refuse")
load(":providers/media_secret_info.bzl", "MediaSecretInfo")

visibility(["//rules/private/..."])

def secret_attr(doc, mandatory = False):
    """An attribute that names a secret.

    Args:
        doc: documentation.
        mandatory: whether it must be set.
    Returns:
        attribute.
    """
    return attr.label(mandatory = mandatory, allow_files = True, doc = doc + " A `media_secret`, or a file.")

def secret_of(ctx, attribute):
    """The secret that an attribute names.

    Args:
        ctx: context of a rule.
        attribute: name of an attribute made by secret_attr.
    Returns:
        MediaSecretInfo, or None if the attribute is not set.
    """
    target = getattr(ctx.attr, attribute)
    if not target:
        return None
    if MediaSecretInfo in target:
        return target[MediaSecretInfo]
    files = target[DefaultInfo].files.to_list()
    if len(files) != 1:
        refuse(ctx.label, attribute, "%s is neither a media_secret nor one file" % label_text(target.label))
    return MediaSecretInfo(label = target.label, file = files[0], missing = "")

def add_secret(args, flag, secret):
    """Names a secret to a tool: its file, or why there is none.

    Args:
        args: Args.
        flag: name of the flag.
        secret: MediaSecretInfo.
    Returns:
        list of File: inputs of the action.
    """
    if secret.missing:
        args.add("--%s_missing=%s: %s" % (flag, label_text(secret.label), secret.missing))
        return []
    args.add(secret.file, format = "--%s=%%s" % flag)
    return [secret.file]

# A secret stays on this machine, in a directory that is hidden from every sandbox (tools/bazel), and only actions with
# these requirements are run outside of one.
SECRET_REQUIREMENTS = {"no-remote-exec": "1", "no-sandbox": "1"}
