"""A Bazel workspace with protected media and the secrets that they are made with."""

import http.server
import os
import pathlib
import secrets
import shutil
import subprocess
import threading

import scanner

TREE = pathlib.Path("WORKSPACE").resolve().parent
BAZEL = "/usr/bin/bazel"
TOOL_NAMES = ["boot", "manifest", "pack", "plan", "seal", "seal_media", "sign", "validate", "volume", "mediactl"]
ALL_TOOLS = TOOL_NAMES + ["compare", "keymap", "media_contents", "rootfs", "segment", "vary"]

_WORKSPACE = """
local_repository(name = "rules_tsmedia", path = "{tree}")

load("@rules_tsmedia//rules:repositories.bzl", "media_secrets_repository", "tsmedia_dependencies")

tsmedia_dependencies()

media_secrets_repository(
    name = "media_secrets",
    env = "TSMEDIA_SECRETS_DIR",
    files = ["prod.seal", "release.sec", "branch.vars"],
)
"""

# A boot image whose files are there already: the agent does not matter here.
_DEFS = """
load("@rules_tsmedia//rules:providers.bzl", "BootImageInfo", "SigningKeyInfo")

def _boot_impl(ctx):
    return [BootImageInfo(
        label = ctx.label,
        boot_info = ctx.file.info,
        files = [struct(path = "boot/initrd.0", file = ctx.file.initrd), struct(path = "boot/vmlinuz", file = ctx.file.kernel)],
        arch = "x86_64",
        firmware = ("uefi",),
        trusted_keys = (ctx.attr.key[SigningKeyInfo].public_key,),
        media_kinds = ("standalone",),
    )]

boot = rule(implementation = _boot_impl, attrs = {
    "info": attr.label(allow_single_file = True),
    "initrd": attr.label(allow_single_file = True),
    "kernel": attr.label(allow_single_file = True),
    "key": attr.label(),
})
"""

_BUILD = """
load("@rules_tsmedia//rules:defs.bzl", "content_package", "media_key", "signing_key", "standalone_media", "task_sequence")
load("@rules_tsmedia//rules:toolchain.bzl", "tsmedia_toolchain")
load(":defs.bzl", "boot")

tsmedia_toolchain(name = "prebuilt", {tools})

toolchain(name = "toolchain", toolchain = ":prebuilt", toolchain_type = "@rules_tsmedia//rules:toolchain_type")

media_key(name = "prod", protected_identity = "prod.identity.age", recipient = "prod.recipient", seal_secret = "@media_secrets//:prod.seal")

signing_key(name = "release", public_key = "release.pub", secret_key = "@media_secrets//:release.sec")

boot(name = "boot", info = "boot.binpb", initrd = "initrd", kernel = "kernel", key = ":release")

content_package(name = "tools", package_id = "LAB00012", version = "3", srcs = {{"tool.txt": "tool.txt"}}, display_name = "{display_name}")

task_sequence(name = "deploy", src = "deploy.textproto", references = [":tools"])

[standalone_media(
    name = name,
    boot_image = ":boot",
    key = ":prod" if name != "open" else None,
    secret_variables = "@media_secrets//:branch.vars" if name == "protected" else None,
    signing_key = ":release",
    task_sequence = ":deploy",
    variables = {{"BranchOffice": "{variable}"}},
) for name in ["open", "protected", "without_variables"]]

# What somebody could try, to get at a secret.
genrule(name = "over_the_label", srcs = ["@media_secrets//:prod.seal"], outs = ["over.txt"], cmd = "echo \\"[$(SRCS)]\\" > $@")

genrule(name = "raw_label", srcs = ["@media_secrets//:files/prod.seal"], outs = ["raw.txt"], cmd = "cat $(SRCS) > $@")

genrule(name = "by_path", outs = ["path.txt"], cmd = "cat {secrets}/prod.seal > $@", tags = ["no-cache"])

# Proves that the scanner looks into every place: this is no secret.
genrule(name = "planted", srcs = ["planted.bin"], outs = ["planted.out"], cmd = "cp $< $@ # {planted}")
"""

_SEQUENCE = """# proto-file: tools/sequence/sequence.proto
# proto-message: tsmedia.TaskSequence
name: "{name}"
steps {{
  name: "Say hello"
  run_command_line {{
    command_line: "sh tool.txt"
    package: "LAB00012"
  }}
}}
"""


class CacheServer:
    """A remote cache: what is PUT under a path is a file."""

    def __init__(self, directory):
        directory.mkdir()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = directory / self.path.replace("/", "_")
                data = path.read_bytes() if path.exists() else b""
                self.send_response(200 if path.exists() else 404)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_PUT(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                (directory / self.path.replace("/", "_")).write_bytes(data)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


class SecretWorkspace:
    """The workspace, its secrets, and all places where Bazel leaves something."""

    def __init__(self, root, tools):
        self.root = root
        self.directory = root / "workspace"
        self.secrets_directory = root / "secrets"
        self.places = {
            "output base": root / "output",
            "disk cache": root / "disk",
            "remote cache": root / "remote",
            "execution log": root / "execution.log",
            "binary execution log": root / "execution.bin",
            "build events": root / "bep.json",
            "action query": root / "aquery.txt",
            "standard error": root / "stderr.txt",
        }
        self.tools = tools
        self.directory.mkdir()
        self.secrets_directory.mkdir(mode=0o700)
        # Of the shape of what people choose: printable, of low entropy to somebody who knows the shape.
        self.password = self.canary("password")
        self.variable = self.canary("variable")
        self.planted = self.canary("planted")
        self.display_name = self.canary("name")
        self.clear_variable = self.canary("office")
        self.make_keys()
        self.write_files()
        self.cache = CacheServer(self.places["remote cache"])

    @staticmethod
    def canary(what):
        return f"canary-{what}-{secrets.token_hex(8)}".encode()

    def close(self):
        self.bazel("shutdown")
        self.cache.close()
        subprocess.run(["chmod", "-R", "u+w", self.root], check=True)
        shutil.rmtree(self.root)

    def mediactl(self, *arguments, password=True):
        """Runs mediactl; descriptor 0 has the password."""
        return subprocess.run(
            [self.tools["mediactl"], *map(str, arguments)], input=self.password + b"\n" if password else b"",
            capture_output=True, check=False)

    def make_keys(self):
        made = self.mediactl("key", "new", f"--out={self.directory}/prod", "--password-fd=0", "--work-factor=14")
        assert made.returncode == 0, made.stderr
        (self.directory / "prod.seal").rename(self.secrets_directory / "prod.seal")
        subprocess.run(["signify-openbsd", "-G", "-n", "-c", "key", "-p", self.directory / "release.pub",
                        "-s", self.secrets_directory / "release.sec"], check=True)
        (self.secrets_directory / "release.sec").chmod(0o600)
        variables = self.secrets_directory / "branch.vars"
        assert self.mediactl("secret", "new", "--kind=variables", f"--out={variables}").returncode == 0
        with variables.open("ab") as file:
            file.write(b"OSDJoinPassword=" + self.variable + b"\n")

    def secret_files(self):
        """{name: content} of the secrets with much entropy."""
        return {
            "seal secret": (self.secrets_directory / "prod.seal").read_bytes().strip(),
            "signing key": (self.secrets_directory / "release.sec").read_bytes().splitlines()[1],
        }

    def write_files(self):
        write = lambda name, text: (self.directory / name).write_text(text)
        (self.directory / "bin").mkdir()
        for tool in TOOL_NAMES:
            os.symlink(self.tools[tool], self.directory / "bin" / tool)
        (self.directory / "kernel").write_bytes(os.urandom(10000))
        (self.directory / "agent").write_bytes(os.urandom(10000))
        write("arguments", "".join(line + "\n" for line in [
            "--target=//:boot", "--arch=x86_64", "--media_kind=standalone", f"--kernel=boot/vmlinuz={self.directory}/kernel",
            f"--public_key={self.directory}/release.pub", "--accept_test_keys=false", f"--agent={self.directory}/agent",
            "--agent_path=boot/initrd.0", f"--out_agent_initrd={self.directory}/initrd", f"--out_boot_info={self.directory}/boot.binpb"]))
        subprocess.run([self.tools["boot"], f"@{self.directory}/arguments"], check=True)
        self.tool_text = self.canary("content")
        (self.directory / "tool.txt").write_bytes(b"echo " + self.tool_text + b"\n")
        (self.directory / "planted.bin").write_bytes(b"\n".join(self.planted_forms().values()))
        write("defs.bzl", _DEFS)
        write("WORKSPACE", _WORKSPACE.format(tree=TREE))
        write("deploy.textproto", _SEQUENCE.format(name=self.canary("sequence").decode()))
        write("BUILD.bazel", _BUILD.format(
            tools=", ".join(f'{tool} = "bin/{tool if tool in TOOL_NAMES else "pack"}"' for tool in ALL_TOOLS),
            display_name=self.display_name.decode(), variable=self.clear_variable.decode(), secrets=self.secrets_directory,
            planted=" ".join(form.decode("ascii") for form in self.printable_planted_forms().values())))

    def planted_forms(self):
        return scanner.forms(self.planted)

    def printable_planted_forms(self):
        """The forms that a command line, a message or JSON can hold."""
        return {name: form for name, form in self.planted_forms().items() if all(0x20 < byte < 0x7f for byte in form)}

    def bazel(self, command, *arguments, secrets_directory=None, startup=(), **environment):
        """Runs Bazel as tools/bazel does: the secrets' directory is hidden from every sandbox."""
        known = self.secrets_directory if secrets_directory is None else secrets_directory
        options = [] if command == "shutdown" else [
            "--noenable_bzlmod", "--enable_workspace", "--override_repository=rules_java_builtin=/usr/share/bazel/rules/java",
            f"--repo_env=TSMEDIA_SECRETS_DIR={known}" if known else "--repo_env=TSMEDIA_SECRETS_DIR"]
        if command in ("build", "aquery", "cquery"):
            options += [
                "--extra_toolchains=//:toolchain", "--spawn_strategy=linux-sandbox,local", "--incompatible_strict_action_env",
                f"--sandbox_block_path={self.secrets_directory}", f"--disk_cache={self.places['disk cache']}",
                f"--remote_cache={self.cache.url}", "--remote_upload_local_results"]
        return subprocess.run(
            [BAZEL, f"--output_user_root={self.places['output base']}", "--nohome_rc", "--host_jvm_args=-Xmx512m",
             *startup, command, *options, *arguments],
            cwd=self.directory, env={"HOME": str(self.root), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | environment,
            capture_output=True, text=True, check=False)

    def output(self, name):
        [path] = self.places["output base"].glob(f"*/execroot/__main__/bazel-out/k8-fastbuild/bin/{name}")
        return path
