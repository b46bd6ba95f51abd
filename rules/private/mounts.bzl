"""From the attributes of a content package to the arguments of TsmPack.

A *mount* is struct(dest, files, executable, strip_prefix): `files` (depset) below
the directory `dest`. Files are looked at when the action runs, never while
Bazel loads and analyses: 100,000 files cost nothing there.
"""

load("@rules_pkg//pkg:providers.bzl", "PackageDirsInfo", "PackageFilegroupInfo", "PackageFilesInfo", "PackageSymlinkInfo")
load(":actions.bzl", "ordered")
load(":check.bzl", "check_destination", "check_target_path", "label_text", "refuse")
load(":providers/source_list_info.bzl", "SourceListInfo")

_DEFAULT_DIRECTORY_MODE = "0755"
_DEFAULT_FILE_MODE = "0644"

# Symbolic links in rules_pkg have "0777".
_PACKAGE_PROVIDERS = [PackageFilegroupInfo, PackageFilesInfo, PackageDirsInfo, PackageSymlinkInfo]

def _flag(name, dest, value = None):
    # The length first: `dest` may hold '='. Bazel keeps bytes as Latin-1 characters, so len() counts bytes.
    return "--%s=%d:%s" % (name, len(dest), dest) + ("" if value == None else "=" + value)

def _join(directory, path):
    return directory + "/" + path if directory else path

def path_below_package(file, strip_prefix):
    """Where a file stands below the directory that it is put into.

    Args:
        file: File.
        strip_prefix: see the attribute of content_package.
    Returns:
        A relative path, or None if the file is not below `strip_prefix`.
    """
    path = file.short_path
    if path.startswith("../"):
        path = path.split("/", 2)[2]  # ../repository/path
    if strip_prefix.startswith("/"):
        prefix = strip_prefix[1:]
    else:
        prefix = _join(file.owner.package, strip_prefix)
    prefix = prefix.removesuffix("/")
    if not prefix:
        return path
    return path.removeprefix(prefix + "/") if path.startswith(prefix + "/") else None

def _mount_flags(mount):
    flags = []
    for file in mount.files.to_list():
        if file.is_directory:
            flags.append(_flag("tree", mount.dest, file.path))
        else:
            name = "executable" if file == mount.executable else "file"
            flags.append(_flag(name, _join(mount.dest, path_below_package(file, mount.strip_prefix)), file.path))
    return flags

def _single_flag(single):
    return _flag(single.flag, single.dest, single.file.path)

def _mode_flag(entry):
    return _flag("mode_file", entry.dest, entry.mode + "=" + entry.file.path)

def _archive_flags(archive):
    return [_flag("archive", archive.dest, file.path) for file in archive.files.to_list()]

def own_executable(target):
    """The program that a target makes.

    Args:
        target: Target.

    Returns:
        File, or None: the target makes no program.
    """

    # A file's own target calls itself executable, whatever it is; only the rule that made a program is to be believed.
    executable = target[DefaultInfo].files_to_run.executable
    if executable and not executable.is_source and executable.owner == target.label:
        return executable
    return None

def _package_infos(target):
    """The rules_pkg providers of a target as one PackageFilegroupInfo, or None."""
    if PackageFilegroupInfo in target:
        return target[PackageFilegroupInfo]
    found = [provider for provider in _PACKAGE_PROVIDERS if provider in target]
    if not found:
        return None
    return PackageFilegroupInfo(
        pkg_files = [(target[PackageFilesInfo], target.label)] if PackageFilesInfo in target else [],
        pkg_dirs = [(target[PackageDirsInfo], target.label)] if PackageDirsInfo in target else [],
        pkg_symlinks = [(target[PackageSymlinkInfo], target.label)] if PackageSymlinkInfo in target else [],
    )

def _octal_mode(label, origin, attributes, default):
    mode = attributes.get("mode") or default
    if len(mode) not in (3, 4) or [c for c in mode.elems() if c not in "01234567"]:
        refuse(label, "srcs", '%s has the mode "%s": use three or four octal digits' % (label_text(origin), mode))
    return mode if len(mode) == 4 else "0" + mode

def _add_package(args, label, dest, info):
    """Adds what rules_pkg describes; returns its files."""
    modes = []
    for files, origin in info.pkg_files:
        mode = _octal_mode(label, origin, files.attributes, _DEFAULT_FILE_MODE)
        for path, file in files.dest_src_map.items():
            modes.append(struct(dest = _join(dest, path), mode = mode, file = file))
    args.add_all(modes, map_each = _mode_flag)
    for directories, origin in info.pkg_dirs:
        mode = _octal_mode(label, origin, directories.attributes, _DEFAULT_DIRECTORY_MODE)
        args.add_all([_flag("dir", _join(dest, path), mode) for path in directories.dirs])
    for link, _ in info.pkg_symlinks:
        args.add(_flag("symlink", _join(dest, link.destination), link.target))
    return depset([entry.file for entry in modes])

def _add_directory(ctx, label, args, dest, target):
    """Adds all files of a target below `dest`; returns them."""
    info = _package_infos(target)
    if info:
        return _add_package(args, label, dest, info)
    files = target[DefaultInfo].files
    if ctx.attr.strip_prefix:
        for file in files.to_list():
            if not file.is_directory and path_below_package(file, ctx.attr.strip_prefix) == None:
                refuse(
                    label,
                    "strip_prefix",
                    '"%s" is no directory above %s of %s: name a directory below its package, or one below the repository after "/"' %
                    (ctx.attr.strip_prefix, file.short_path, label_text(target.label)),
                )
    mount = struct(
        dest = dest,
        files = files,
        executable = own_executable(target),
        strip_prefix = ctx.attr.strip_prefix,
    )
    args.add_all([mount], map_each = _mount_flags)
    return files

def _add_single(label, args, dest, target):
    """Adds the one file of a target as `dest`; returns it."""
    files = target[DefaultInfo].files.to_list()
    if SourceListInfo in target or _package_infos(target) or len(files) != 1 or files[0].is_directory:
        refuse(
            label,
            "srcs",
            '"%s" takes one file, and %s is not one file: write "%s/" to put its files into a directory' %
            (dest, label_text(target.label) if SourceListInfo not in target else "a list", dest),
        )
    executable = own_executable(target)
    flag = "executable" if executable == files[0] else "file"
    args.add_all([struct(flag = flag, dest = dest, file = files[0])], map_each = _single_flag)
    return target[DefaultInfo].files

def add_sources(ctx, label, args):
    """Adds what the attributes of CONTENT_ATTRS say to the arguments of TsmPack.

    Args:
        ctx: context of a rule with these attributes.
        label: Label of the target that the user wrote, for messages.
        args: Args.
    Returns:
        depset of File: the inputs.
    """
    inputs = []
    for key, target in ordered(ctx, ctx.attr.srcs.items()):
        check_destination(label, "srcs", key)
        if key.endswith("/"):
            targets = target[SourceListInfo].targets if SourceListInfo in target else [target]
            inputs += [_add_directory(ctx, label, args, key.removesuffix("/"), t) for t in ordered(ctx, targets)]
        else:
            inputs.append(_add_single(label, args, key, target))
    for key, target in ordered(ctx, ctx.attr.archives.items()):
        check_destination(label, "archives", key)
        files = target[DefaultInfo].files
        args.add_all([struct(dest = key.removesuffix("/"), files = files)], map_each = _archive_flags)
        inputs.append(files)
    for path, target in ordered(ctx, ctx.attr.symlinks.items()):
        check_destination(label, "symlinks", path)
        check_target_path(label, "symlinks", path, target)
        args.add(_flag("symlink", path, target))
    for path in ordered(ctx, ctx.attr.empty_dirs):
        check_destination(label, "empty_dirs", path)
        args.add(_flag("empty_dir", path.removesuffix("/")))
    for pattern in ctx.attr.executables:
        check_destination(label, "executables", pattern)
        args.add(pattern, format = "--executable_pattern=%s")
    return depset(transitive = inputs)

CONTENT_ATTRS = {
    "archives": attr.string_keyed_label_dict(
        allow_files = True,
        doc = """Directory of the package (`"/"` for its root) -> archive (tar, deb or zip; compressed with gzip, xz or zstd or \
not at all) that is unpacked there, with its modes and links. The way for big trees: one archive is one input.""",
    ),
    "empty_dirs": attr.string_list(doc = "Directories to be created empty: Bazel's inputs have none."),
    "executables": attr.string_list(
        doc = """Patterns of the paths that get mode 0755: `*` stands for anything within a component, `**` across \
components. Programs built by Bazel have it without.""",
    ),
    "srcs": attr.string_keyed_label_dict(
        allow_files = True,
        doc = """Path in the package -> label. A path that ends in `/` is a directory and takes any number of files or a \
tree artifact; `"/"` is the root; any other path takes exactly one file. Targets of rules_pkg (`pkg_files`, `pkg_filegroup`, ...) \
are mounted at a directory with their own paths, modes and links.""",
    ),
    "strip_prefix": attr.string(
        doc = """What is left out of the paths of files in directories of `srcs`. Without it a file stands below the \
directory as it stands below its own Bazel package; `"docs"` leaves that directory of the package out; `"/third_party"` counts from \
the root of the repository. No meaning for single files, tree artifacts and rules_pkg targets.""",
    ),
    "symlinks": attr.string_dict(doc = "Path of a symbolic link -> its target, relative to the link's directory."),
}
