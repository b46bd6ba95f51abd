"""The toolchain: the programs that the rules run."""

load("//rules/private:toolchain.bzl", _tsmedia_toolchain = "tsmedia_toolchain")

tsmedia_toolchain = _tsmedia_toolchain

# buildifier: disable=unnamed-macro
def tsmedia_register_toolchains():
    """Registers the tools that are built from source; for WORKSPACE files.

    ```starlark
    load("@rules_tsmedia//rules:toolchain.bzl", "tsmedia_register_toolchains")

    tsmedia_register_toolchains()
    ```

    Toolchains that were registered before take precedence: register prebuilt tools (see tsmedia_toolchain) above this call.
    """
    native.register_toolchains(str(Label("//rules:tools_toolchain")))
