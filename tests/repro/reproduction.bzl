"""What a second build needs of the first, and what it is compared with."""

load("//rules:providers.bzl", "MediaInfo")
load("//rules/private:actions.bzl", "TOOLCHAIN_TYPE")  # buildifier: disable=bzl-visibility
load("//rules/private:flags.bzl", "ARCHITECTURES", "agent_transition")  # buildifier: disable=bzl-visibility
load("//rules/private:providers/toolchain_info.bzl", "TOOLS")  # buildifier: disable=bzl-visibility

def _reproduction_impl(ctx):
    tools = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia
    folder = "%s/%s/" % (ctx.label.package, ctx.label.name)
    outputs = []
    for target in ctx.attr.media:
        media = target[MediaInfo]
        outputs += [media.plan, media.manifest, media.signature, media.volumes]

        # Sealed packs belong to another configuration, which bazel-bin does not show; they are on the volumes.
        outputs += [entry.pack for entry in media.content.to_list() if not entry.seal_info]
    links = {folder + "outputs/" + file.short_path: file for file in outputs}
    links |= {folder + "tools/" + tool: getattr(tools, tool).executable for tool in TOOLS}
    links[folder + "agent"] = ctx.executable._agent
    return [DefaultInfo(runfiles = ctx.runfiles(symlinks = links))]

reproduction = rule(
    implementation = _reproduction_impl,
    doc = """Runfiles of a test that builds media again in another workspace.

`NAME/outputs/` has what the first build made, each file where `bazel-bin` has it; `NAME/tools/` the programs of the
toolchain, and `NAME/agent` is the agent as a boot image has it.
""",
    attrs = {
        "arch": attr.string(default = "x86_64", values = ARCHITECTURES, doc = "Architecture of the agent."),
        "media": attr.label_list(mandatory = True, providers = [MediaInfo], doc = "The media."),
        "_agent": attr.label(default = "//tools/agent", executable = True, cfg = agent_transition),
    },
    toolchains = [TOOLCHAIN_TYPE],
)
