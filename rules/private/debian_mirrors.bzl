"""Where the files of the Debian archive are, asked once for all packages."""

_REPOSITORY = "tsmedia_debian_mirrors"

# One base URL a line.
DEBIAN_MIRRORS = Label("@{}//:mirrors.txt".format(_REPOSITORY))

def _debian_mirrors_impl(rctx):
    mirrors = []
    mirror = rctx.getenv("TSMEDIA_DEBIAN_MIRROR")
    if mirror:
        mirrors.append(mirror)
    elif rctx.which("apt-get"):
        # apt itself reads its configuration, so that every format of it works.
        result = rctx.execute(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"])
        if result.return_code == 0:
            mirrors += [uri for uri in result.stdout.split("\n") if uri]
    snapshot = rctx.getenv("TSMEDIA_DEBIAN_SNAPSHOT")
    if snapshot:
        mirrors.append(snapshot)

    # A dict keeps the first of equal entries and their order.
    mirrors = {mirror.rstrip("/"): None for mirror in mirrors}.keys()
    rctx.file("mirrors.txt", "".join([mirror + "\n" for mirror in mirrors]))
    rctx.file("BUILD.bazel", "")

_debian_mirrors = repository_rule(
    implementation = _debian_mirrors_impl,
    doc = "The base URLs of the mirrors in the machine's apt configuration, or in the environment.",
    environ = ["TSMEDIA_DEBIAN_MIRROR", "TSMEDIA_DEBIAN_SNAPSHOT"],
    configure = True,
)

def declare_debian_mirrors():
    """Declares the repository that DEBIAN_MIRRORS is in, unless it is there already."""
    if not native.existing_rule(_REPOSITORY):
        _debian_mirrors(name = _REPOSITORY)
