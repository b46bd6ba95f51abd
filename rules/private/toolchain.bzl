"""Implementation of tsmedia_toolchain: the tools behind //rules:toolchain_type."""

load(":flags.bzl", "reset_transition")
load(":providers/toolchain_info.bzl", "TOOLS", "TsmediaToolchainInfo")

def _tsmedia_toolchain_impl(ctx):
    return [platform_common.ToolchainInfo(
        tsmedia = TsmediaToolchainInfo(**{
            tool: getattr(ctx.attr, tool)[DefaultInfo].files_to_run
            for tool in TOOLS
        }),
    )]

tsmedia_toolchain = rule(
    implementation = _tsmedia_toolchain_impl,
    doc = """The programs that the actions run.

`//rules:tools` builds them from source; `tsmedia_register_toolchains()` registers it. To use programs that were built before,
declare and register your own:

```starlark
tsmedia_toolchain(
    name = "prebuilt",
    pack = "@tsmedia_prebuilt//:pack",
    # ... one program for each attribute
)

toolchain(
    name = "prebuilt_toolchain",
    exec_compatible_with = ["@platforms//os:linux", "@platforms//cpu:x86_64"],
    toolchain = ":prebuilt",
    toolchain_type = "@rules_tsmedia//rules:toolchain_type",
)
```

All tools are built in one configuration, whatever keys and flags the media have that use them.
""",
    attrs = {
        tool: attr.label(mandatory = True, executable = True, allow_files = True, cfg = "exec", doc = doc)
        for tool, doc in TOOLS.items()
    },
    cfg = reset_transition,
    provides = [platform_common.ToolchainInfo],
)
