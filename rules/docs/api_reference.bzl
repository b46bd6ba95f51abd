"""Implementation of api_reference: the API reference as Markdown."""

def _api_reference_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".md")
    args = ctx.actions.args()
    args.add(out, format = "--out=%s")
    args.add_all(ctx.files.modules)
    ctx.actions.run(
        executable = ctx.executable._apidoc,
        arguments = [args],
        inputs = ctx.files.modules,
        outputs = [out],
        mnemonic = "ApiReference",
        progress_message = "Rendering the API reference",
        env = {},
    )
    return [DefaultInfo(files = depset([out]))]

api_reference = rule(
    implementation = _api_reference_impl,
    doc = "Renders what starlark_doc_extract extracted.",
    attrs = {
        "modules": attr.label_list(allow_files = [".binaryproto"], doc = "The modules, in order."),
        "_apidoc": attr.label(default = "//tools/apidoc", executable = True, cfg = "exec"),
    },
)
