"""Dependencies of rules_tsmedia, for WORKSPACE files.

```starlark
load("@rules_tsmedia//rules:repositories.bzl", "tsmedia_dependencies")

tsmedia_dependencies()

load("@bazel_features//:deps.bzl", "bazel_features_deps")

bazel_features_deps()
```
"""

load("//rules/private:build_root_tools.bzl", "build_root_tools")
load("//rules/private:debian_lock.bzl", "DEBIAN_PACKAGES", "DEBIAN_SOURCES")
load("//rules/private:debian_packages.bzl", _debian_packages = "debian_packages")
load("//rules/private:debian_rules.bzl", "debian_rules")
load("//rules/private:debian_source.bzl", _debian_source = "debian_source")
load("//rules/private:media_secrets_repository.bzl", _media_secrets_repository = "media_secrets_repository")

debian_packages = _debian_packages
debian_source = _debian_source
media_secrets_repository = _media_secrets_repository

# Repository name -> Debian package, folder in it.
_RULES = {
    "bazel_features": ("bazel-features", "tools/features"),
    "bazel_skylib": ("bazel-skylib", "tools/skylib"),
    "rules_cc": ("bazel-rules-cc", "rules/cc"),
    "rules_java": ("bazel-rules-java", "rules/java"),
    "rules_license": ("bazel-rules-license", "rules/license"),
    "rules_pkg": ("bazel-rules-pkg", "rules/pkg"),
    "rules_proto": ("bazel-rules-proto", "rules/proto"),
    "rules_python": ("bazel-rules-python", "rules/python"),
    "rules_shell": ("bazel-rules-shell", "rules/shell"),
}

# Libraries that come with usable Bazel files ...
_LIBRARIES = {
    "boringssl": dict(
        package = "android-platform-external-boringssl",
        strip_prefix = "android-platform-external-boringssl-14.0.0+r45",
    ),
    "com_github_google_benchmark": dict(package = "benchmark", strip_prefix = "benchmark-1.9.1"),
    "com_google_absl": dict(package = "abseil", strip_prefix = "abseil-20240722.0"),
    "com_google_googletest": dict(package = "googletest", strip_prefix = "googletest-1.16.0"),
    "com_google_protobuf": dict(package = "protobuf", strip_prefix = "protobuf-3.21.12"),
    # ... and those that get ours.
    "utf8proc": dict(package = "utf8proc", strip_prefix = "utf8proc-2.11.3", build_file = "utf8proc.BUILD"),
    "xz": dict(package = "xz-utils", strip_prefix = "xz-5.8.1", build_file = "xz.BUILD"),
    "zlib": dict(package = "zlib", strip_prefix = "zlib-1.3.1", build_file = "zlib.BUILD"),
    "zstd": dict(package = "libzstd", strip_prefix = "zstd-1.5.7", build_file = "zstd.BUILD"),
}

# Single files of Debian packages that rules and samples use; see debian_packages.
_FILES = {
    "busybox-static": ["usr/bin/busybox"],
    "console-data": ["usr/share/keymaps/i386/**"],
    "e2fsprogs": [
        "usr/sbin/debugfs",
        "usr/sbin/e2fsck",
        "usr/sbin/mke2fs",
    ],
    "grub-common": ["usr/bin/grub-mkimage"],
    "grub-efi-amd64-signed": ["usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed"],
    "grub-pc-bin": ["usr/lib/grub/i386-pc/*"],
    "libc6": [
        "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "usr/lib/x86_64-linux-gnu/libm.so.6",
    ],
    "kbd": ["usr/bin/loadkeys"],
    "libblkid1": ["usr/lib/x86_64-linux-gnu/libblkid.so.1"],
    "libcap2": ["usr/lib/x86_64-linux-gnu/libcap.so.2"],
    "libcom-err2": ["usr/lib/x86_64-linux-gnu/libcom_err.so.2"],
    "libdevmapper1.02.1": ["usr/lib/x86_64-linux-gnu/libdevmapper.so.1.02.1"],
    "libext2fs2t64": [
        "usr/lib/x86_64-linux-gnu/libe2p.so.2",
        "usr/lib/x86_64-linux-gnu/libext2fs.so.2",
    ],
    "liblzma5": ["usr/lib/x86_64-linux-gnu/liblzma.so.5"],
    "libpcre2-8-0": ["usr/lib/x86_64-linux-gnu/libpcre2-8.so.0"],
    "libntfs-3g89t64": ["usr/lib/x86_64-linux-gnu/libntfs-3g.so.89"],
    "libselinux1": ["usr/lib/x86_64-linux-gnu/libselinux.so.1"],
    "libss2": ["usr/lib/x86_64-linux-gnu/libss.so.2"],
    "libudev1": ["usr/lib/x86_64-linux-gnu/libudev.so.1"],
    "libuuid1": ["usr/lib/x86_64-linux-gnu/libuuid.so.1"],
    "linux-image": ["boot/vmlinuz-*"],
    "ntfs-3g": [
        "usr/sbin/ntfscp",
        "usr/bin/ntfscat",
        "usr/bin/ntfsfix",
        "usr/bin/ntfsinfo",
        "usr/sbin/mkntfs",
    ],
    "shim-helpers-amd64-signed": ["usr/lib/shim/mmx64.efi.signed"],
    "shim-signed": ["usr/lib/shim/shimx64.efi.signed"],
}

def tsmedia_dependencies():
    """Declares every external repository that rules_tsmedia needs.

    A repository of the same name that is declared before stays as it is.
    """
    for name, (package, path) in _RULES.items():
        if not native.existing_rule(name):
            debian_rules(name = name, path = "usr/share/bazel/" + path, **DEBIAN_PACKAGES[package])

    for name, library in _LIBRARIES.items():
        if native.existing_rule(name):
            continue
        build_file = library.get("build_file")
        debian_source(
            name = name,
            build_file = Label("//tools/third_party:" + build_file) if build_file else None,
            strip_prefix = library["strip_prefix"],
            **DEBIAN_SOURCES[library["package"]]
        )

    if not native.existing_rule("tsmedia_build_root"):
        build_root_tools(name = "tsmedia_build_root")

    if not native.existing_rule("debian"):
        debian_packages(name = "debian", files = _FILES, packages = DEBIAN_PACKAGES)
