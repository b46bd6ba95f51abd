"""Implementation of media_reproducibility_test."""

load(":actions.bzl", "TOOLCHAIN_TYPE")
load(":flags.bzl", "second_build_transition")
load(":providers/media_info.bzl", "MediaInfo")

def _outputs(media):
    """What both builds must agree on, the causes before their effects: name -> File."""
    result = {"the pack of %s %s" % (entry.package_id, entry.version): entry.pack for entry in media.content.to_list()}
    return result | {
        "the media plan": media.plan,
        "the manifest": media.manifest,
        "the signature": media.signature,
        "the medium": media.volumes,
    }

def _media_reproducibility_test_impl(ctx):
    first = _outputs(ctx.attr.media[MediaInfo])
    second = _outputs(ctx.attr.media_again[0][MediaInfo])
    tool = ctx.toolchains[TOOLCHAIN_TYPE].tsmedia.compare
    executable = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = executable, target_file = tool.executable, is_executable = True)
    lines = []
    for name, file in first.items():
        if file == second[name]:
            fail("%s: %s was not built a second time" % (ctx.label, name))
        lines += ["--name=" + name, "--first=" + file.short_path, "--second=" + second[name].short_path]
    ctx.actions.write(ctx.outputs.arguments, "".join([line + "\n" for line in lines]))
    inputs = first.values() + second.values() + [ctx.outputs.arguments]
    return [DefaultInfo(executable = executable, runfiles = ctx.runfiles(inputs))]

_media_reproducibility_test = rule(
    implementation = _media_reproducibility_test_impl,
    doc = "Builds a medium twice and compares.",
    attrs = {
        "arguments": attr.output(mandatory = True, doc = "Arguments of the program; set by the macro."),
        "media": attr.label(mandatory = True, providers = [MediaInfo], doc = "The medium."),
        "media_again": attr.label(
            mandatory = True,
            cfg = second_build_transition,
            providers = [MediaInfo],
            doc = "The same medium; set by the macro.",
        ),
    },
    test = True,
    toolchains = [TOOLCHAIN_TYPE],
)

def media_reproducibility_test(name, media, **kwargs):
    """Tests that a medium is reproducible: builds it a second time and compares every byte.

    ```starlark
    media_reproducibility_test(
        name = "branch_office_reproducibility_test",
        media = ":branch_office",
    )
    ```

    The second build runs every action of the medium again, from the packs on, in another output directory, with another
    time zone, locale and umask, on one processor, with all inputs in the opposite order. It builds what the packages are
    made of again as well: a `genrule` of yours that looks at the clock is found. Packs, plan, manifest, signature and volumes
    must be equal.

    The test takes the time and the space of a second build.

    Args:
        name: name of the test.
        media: the medium.
        **kwargs: what every test has.
    """
    _media_reproducibility_test(
        name = name,
        media = media,
        media_again = media,
        arguments = name + ".arguments",
        args = ["@$(rootpath %s.arguments)" % name],
        **kwargs
    )
