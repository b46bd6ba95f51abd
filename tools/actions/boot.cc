// TsmBoot: makes the agent's segment of the initial RAM disk and lists everything that a boot image consists of.

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/program.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/boot/keymap.h"
#include "tools/boot/memory.h"
#include "tools/boot/segment.h"
#include "tools/content/byte_stream.h"
#include "tools/content/decompress.h"
#include "tools/crypto/key_file.h"
#include "tools/crypto/test_keys.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.h"

namespace tsmedia {
namespace {

constexpr std::string_view kHelp = R"(usage: boot @ARGUMENTS

Makes the agent's segment of the initial RAM disk, and the list of a boot image's files.

  --target=LABEL              the boot image, for messages
  --arch=ARCHITECTURE         for example x86_64
  --media_kind=KIND           kind of media that it starts: standalone (repeated)
  --kernel=PATH=FILE          files, each with its path on the medium
  --initrd=PATH=FILE          (repeated)
  --efi_binary=PATH=FILE      (repeated)
  --bios_boot_image=PATH=FILE   of GRUB for a BIOS: what it loads from an optical disc,
  --bios_boot_sector=PATH=FILE  the first sector of a drive,
  --bios_drive_image=PATH=FILE  and what that loads
  --public_key=FILE           a key that the agent trusts, in signify's format (repeated)
  --accept_test_keys=BOOL     whether a TEST-ONLY key may be among them
  --kernel_arg=ARGUMENT       (repeated)
  --keyboard=NAME=FILE        a keyboard layout of TsmKeymap; the first is used from the start (repeated)
  --debug_shell=BOOL          whether the agent offers a shell when something failed
  --agent=FILE                the agent, a static program
  --agent_path=PATH           path of the agent's segment on the medium
  --out_agent_initrd=FILE     the segment
  --out_boot_info=FILE        tsmedia.BootInfo
)";

constexpr uint64_t kMaxAgentSize = 64 * kMiB;

// The segment's files: what the kernel runs, and those of tools/agent/agent.h and settings.h.
constexpr char kInitPath[] = "init";
constexpr char kAnchorsPath[] = "etc/tsmedia/anchors.binpb";
constexpr char kSettingsPath[] = "etc/tsmedia/agent.binpb";
constexpr char kKeymapPath[] = "etc/tsmedia/keymaps/";

absl::StatusOr<MediaKind> ParseMediaKind(std::string_view name) {
  if (name == "standalone") {
    return STANDALONE;
  }
  return UsageError(absl::StrCat("--media_kind: unknown kind '", name, "'"));
}

absl::StatusOr<Anchors> MakeAnchors(Args& args) {
  const std::vector<std::string> key_paths = args.Repeated("public_key");
  TSM_ASSIGN_OR_RETURN(const bool accept_test_keys, args.Bool("accept_test_keys"));
  std::map<std::string, SignifyPublicKey> keys;  // by key bytes: equal keys are one anchor
  for (const std::string& path : key_paths) {
    TSM_ASSIGN_OR_RETURN(const SignifyPublicKey key, ReadPublicKey(path));
    if (IsTestKey(key) && !accept_test_keys) {
      return absl::InvalidArgumentError(
          absl::StrCat("trusted_keys: ", path,
                       " is a TEST-ONLY key, which everybody has; name another key, or set testonly = True"));
    }
    keys.emplace(AsText(key.key), key);
  }
  if (keys.empty()) {
    return UsageError("--public_key is missing");
  }
  Anchors anchors;
  anchors.set_context(std::string(kAnchorsContext));
  for (const auto& [bytes, key] : keys) {
    Anchor* anchor = anchors.add_anchors();
    anchor->set_public_key(bytes);
    anchor->set_key_number(std::string(AsText(key.key_number)));
    anchor->add_roles(MANIFEST_SIGNER);
  }
  anchors.set_threshold(1);
  for (const std::string& name : args.Repeated("media_kind")) {
    TSM_ASSIGN_OR_RETURN(const MediaKind kind, ParseMediaKind(name));
    anchors.add_media_kinds(kind);
  }
  anchors.set_accept_test_keys(accept_test_keys);
  return anchors;
}

using SegmentFiles = std::map<std::string, SegmentFile>;

// Adds the keyboard layouts to the segment and returns what the agent needs to know.
absl::StatusOr<AgentSettings> MakeSettings(Args& args, SegmentFiles& files) {
  AgentSettings settings;
  settings.set_context(std::string(kAgentContext));
  TSM_ASSIGN_OR_RETURN(const bool debug_shell, args.Bool("debug_shell"));
  settings.set_debug_shell(debug_shell);
  for (const std::string& pair : args.Repeated("keyboard")) {
    TSM_ASSIGN_OR_RETURN(const auto name_and_file, SplitPair("keyboard", pair));
    TSM_ASSIGN_OR_RETURN(std::string keymap, ReadWholeFile(name_and_file.second, kMaxKeymapSize));
    TSM_RETURN_IF_ERROR(ParseKeymap(AsBytes(keymap)).status());
    settings.add_keyboards(name_and_file.first);
    files[absl::StrCat(kKeymapPath, name_and_file.first, ".bmap")] = {.bytes = std::move(keymap)};
  }
  return settings;
}

absl::StatusOr<uint64_t> UnpackedSize(const ByteSource& segment) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteStream> stream, OpenDecompressed(&segment));
  std::string buffer(kMiB, '\0');
  uint64_t size = 0;
  while (true) {
    TSM_ASSIGN_OR_RETURN(const size_t count,
                         stream->Read(MutableByteSpan(reinterpret_cast<uint8_t*>(buffer.data()), buffer.size())));
    if (count == 0) {
      return size;
    }
    size += count;
  }
}

absl::StatusOr<uint32_t> MinimumMemory(const std::vector<std::string>& initrds, const std::string& agent_segment) {
  const MemorySource last(agent_segment);
  uint64_t compressed = last.size();
  TSM_ASSIGN_OR_RETURN(uint64_t unpacked, UnpackedSize(last));
  for (const std::string& pair : initrds) {
    TSM_ASSIGN_OR_RETURN(const auto path_and_file, SplitPair("initrd", pair));
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source, FileSource::Open(path_and_file.second));
    TSM_ASSIGN_OR_RETURN(const uint64_t size, UnpackedSize(*source));
    compressed += source->size();
    unpacked += size;
  }
  return MinimumMemoryMb(compressed, unpacked);
}

void AddFile(std::string_view path, uint64_t size, const Sha256Digest& digest, BootFileRole role, BootInfo& info) {
  BootFile* file = info.add_files();
  file->set_path(std::string(path));
  file->set_size(size);
  file->set_sha256(std::string(DigestText(digest)));
  file->set_role(role);
}

absl::Status AddFiles(const std::vector<std::string>& pairs, std::string_view flag, BootFileRole role, BootInfo& info) {
  for (const std::string& pair : pairs) {
    TSM_ASSIGN_OR_RETURN(const auto path_and_file, SplitPair(flag, pair));
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> source, FileSource::Open(path_and_file.second));
    TSM_ASSIGN_OR_RETURN(const Sha256Digest digest, Sha256Of(*source));
    AddFile(path_and_file.first, source->size(), digest, role, info);
  }
  return absl::OkStatus();
}

absl::Status SortFiles(BootInfo& info) {
  std::sort(info.mutable_files()->begin(), info.mutable_files()->end(),
            [](const BootFile& a, const BootFile& b) { return a.path() < b.path(); });
  for (int i = 1; i < info.files_size(); ++i) {
    if (info.files(i).path() == info.files(i - 1).path()) {
      return absl::InvalidArgumentError(absl::StrCat("two files have the path ", info.files(i).path()));
    }
  }
  return absl::OkStatus();
}

// The boot image's ID is the digest of the message without it (and without package ID and version, which name it).
std::string BootImageId(const BootInfo& info) { return std::string(DigestText(Sha256(SerializeCanonical(info)))); }

absl::Status MakeBootImage(Args& args) {
  BootInfo info;
  info.set_context(std::string(kBootContext));
  TSM_ASSIGN_OR_RETURN(const std::string arch, args.Required("arch"));
  info.set_arch(arch);
  TSM_ASSIGN_OR_RETURN(*info.mutable_anchors(), MakeAnchors(args));
  TSM_RETURN_IF_ERROR(AddFiles(args.Repeated("kernel"), "kernel", KERNEL, info));
  const std::vector<std::string> initrds = args.Repeated("initrd");
  TSM_RETURN_IF_ERROR(AddFiles(initrds, "initrd", INITRD, info));
  TSM_RETURN_IF_ERROR(AddFiles(args.Repeated("efi_binary"), "efi_binary", EFI_BINARY, info));
  TSM_RETURN_IF_ERROR(AddFiles(args.Repeated("bios_boot_image"), "bios_boot_image", BIOS_BOOT_IMAGE, info));
  TSM_RETURN_IF_ERROR(AddFiles(args.Repeated("bios_boot_sector"), "bios_boot_sector", BIOS_BOOT_SECTOR, info));
  TSM_RETURN_IF_ERROR(AddFiles(args.Repeated("bios_drive_image"), "bios_drive_image", BIOS_DRIVE_IMAGE, info));
  for (const std::string& argument : args.Repeated("kernel_arg")) {
    info.add_kernel_args(argument);
  }
  SegmentFiles files;
  TSM_ASSIGN_OR_RETURN(*info.mutable_agent(), MakeSettings(args, files));
  TSM_ASSIGN_OR_RETURN(const std::string agent, args.Required("agent"));
  TSM_ASSIGN_OR_RETURN(const std::string agent_path, args.Required("agent_path"));
  TSM_ASSIGN_OR_RETURN(const std::string out_agent_initrd, args.Required("out_agent_initrd"));
  TSM_ASSIGN_OR_RETURN(const std::string out_boot_info, args.Required("out_boot_info"));
  TSM_RETURN_IF_ERROR(args.Finish());

  TSM_ASSIGN_OR_RETURN(std::string program, ReadWholeFile(agent, kMaxAgentSize));
  files[kInitPath] = {.mode = 0755, .bytes = std::move(program)};
  files[kAnchorsPath] = {.bytes = SerializeCanonical(info.anchors())};
  files[kSettingsPath] = {.bytes = SerializeCanonical(info.agent())};
  TSM_ASSIGN_OR_RETURN(const std::string segment, MakeSegment(files));
  TSM_ASSIGN_OR_RETURN(const uint32_t minimum_memory, MinimumMemory(initrds, segment));
  info.set_minimum_memory_mb(minimum_memory);
  AddFile(agent_path, segment.size(), Sha256(segment), INITRD, info);
  TSM_RETURN_IF_ERROR(SortFiles(info));
  info.set_boot_image_id(BootImageId(info));
  TSM_RETURN_IF_ERROR(WriteFileAtomically(out_agent_initrd, segment));
  return WriteFileAtomically(out_boot_info, SerializeCanonical(info));
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "boot", tsmedia::kHelp, tsmedia::MakeBootImage);
}
