"""Implementation of media_secrets_repository."""

_BUILD = """\
load("@{rules}//rules:keys.bzl", "media_secret")

# Without it the files would be visible to everyone.
exports_files(
    {files},
    visibility = ["//visibility:private"],
)
"""

_SECRET = """
media_secret(
    name = "{name}",
    src = {src},
    missing = "{missing}",
    visibility = ["//visibility:public"],
)
"""

def _find(rctx, directory, name):
    """Links a secret into the repository; returns the link's name, or None and why there is no file."""
    if not directory:
        return None, "%s is not set: set it to the directory with the media's secrets, or build with --//rules:keys=test" % rctx.attr.env
    file = rctx.path("%s/%s" % (directory, name))

    # Watched before it is looked for, so that it is found when it comes.
    rctx.watch(file)
    if not file.exists:
        return None, "there is no file %s in the directory that %s names" % (name, rctx.attr.env)

    # Never copied: a copy would stay behind, readable by others.
    link = "files/" + name
    rctx.symlink(file, link)
    return link, ""

def _media_secrets_repository_impl(rctx):
    directory = rctx.getenv(rctx.attr.env)
    secrets, links = [], []
    for name in rctx.attr.files:
        if "/" in name or name in (".", "..", ""):
            fail("media_secrets_repository %s: files: '%s' is no file name" % (rctx.name, name))
        link, missing = _find(rctx, directory, name)
        if link:
            links.append(link)
        secrets.append(_SECRET.format(name = name, src = repr(link), missing = missing))
    build = _BUILD.format(rules = Label("//rules").workspace_name, files = repr(links)) + "".join(secrets)
    rctx.file("BUILD.bazel", build)

media_secrets_repository = repository_rule(
    implementation = _media_secrets_repository_impl,
    doc = """Secrets that lie outside of the source tree, as targets.

```starlark
load("@rules_tsmedia//rules:repositories.bzl", "media_secrets_repository")

media_secrets_repository(
    name = "media_secrets",
    env = "TSMEDIA_SECRETS_DIR",
    files = ["prod.seal", "release.sec", "branch.vars"],
)
```

`@media_secrets//:prod.seal` is then a `media_secret`. The files stay where they are, with mode 0600; nothing of them is
copied into Bazel's directories. A file that is missing fails the actions that need it, with one sentence: queries, and
media that do without, work on machines without secrets.
""",
    attrs = {
        "env": attr.string(default = "TSMEDIA_SECRETS_DIR", doc = "Environment variable with the directory of the files."),
        "files": attr.string_list(mandatory = True, doc = "Names of files in the directory."),
    },
)
