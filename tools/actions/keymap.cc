// TsmKeymap: compiles a keyboard layout of the Linux console.

#include "tools/boot/keymap.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/content/byte_stream.h"
#include "tools/content/decompress.h"

namespace tsmedia {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kHelp = R"(usage: keymap @ARGUMENTS

Compiles a keyboard layout with loadkeys.

  --target=LABEL       the boot image, for messages
  --layout=NAME        name of the layout: that of its file
  --source=FILE        the layouts and what they include, in folders as kbd has them (repeated)
  --loader=FILE        the dynamic loader that runs loadkeys
  --library_path=PATH  where its libraries are
  --loadkeys=FILE      kbd's program
  --out=FILE           the layout, as `loadkeys --bkeymap --unicode` writes it
)";

constexpr uint64_t kMaxSourceSize = 1 * kMiB;
constexpr std::string_view kTop = "/keymaps/";  // what is above is the same for all
constexpr std::string_view kSuffix = ".kmap";

struct Program {
  std::string loader;
  std::string library_path;
  std::string loadkeys;
};

// Unpacks the sources below `directory` (loadkeys would start other programs for that), and returns the one whose name
// is that of the layout.
absl::StatusOr<std::string> UnpackSources(const std::vector<std::string>& sources, const std::string& layout,
                                          const std::string& directory) {
  std::string found;
  for (const std::string& source : sources) {
    const size_t top = source.rfind(kTop);
    if (top == std::string::npos) {
      return UsageError(absl::StrCat("--source=", source, ": it is not in a folder named keymaps"));
    }
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> file, FileSource::Open(source));
    TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteStream> stream, OpenDecompressed(file.get()));
    std::string text(kMaxSourceSize, '\0');
    TSM_ASSIGN_OR_RETURN(const size_t size,
                         ReadUpTo(*stream, MutableByteSpan(reinterpret_cast<uint8_t*>(text.data()), text.size())));
    text.resize(size);
    const fs::path path = directory + std::string(absl::StripSuffix(source.substr(top), ".gz"));
    std::error_code error;
    fs::create_directories(path.parent_path(), error);  // if it can't be made, writing says so
    TSM_RETURN_IF_ERROR(WriteFileAtomically(path, text));
    if (path.filename() == absl::StrCat(layout, kSuffix)) {
      found = path;
    }
  }
  return found.empty() ? absl::StatusOr<std::string>(absl::NotFoundError(absl::StrCat(
                             "keyboard: there is no layout \"", layout, "\"; write for example de, fr, uk or us")))
                       : found;
}

// Runs loadkeys, whose output becomes the file `out`.
absl::Status RunLoadkeys(const Program& program, const std::string& source, const std::string& out) {
  std::vector<std::string> arguments = {
      program.loader, "--library-path", program.library_path, program.loadkeys, "--bkeymap", "--unicode", source};
  std::vector<char*> argv;
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  char* no_environment[] = {nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const absl::Cleanup destroy = [&actions] { posix_spawn_file_actions_destroy(&actions); };
  posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
  pid_t pid = 0;
  if (const int error = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), no_environment); error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("cannot run ", program.loadkeys));
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0
             ? absl::OkStatus()
             : absl::InternalError(absl::StrCat(program.loadkeys, " failed on ", fs::path(source).filename().string()));
}

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(const std::string layout, args.Required("layout"));
  const std::vector<std::string> sources = args.Repeated("source");
  Program program;
  TSM_ASSIGN_OR_RETURN(program.loader, args.Required("loader"));
  TSM_ASSIGN_OR_RETURN(program.library_path, args.Required("library_path"));
  TSM_ASSIGN_OR_RETURN(program.loadkeys, args.Required("loadkeys"));
  TSM_ASSIGN_OR_RETURN(const std::string out, args.Required("out"));
  TSM_RETURN_IF_ERROR(args.Finish());

  const std::string work = absl::StrCat(out, ".work");
  std::error_code error;
  fs::remove_all(work, error);
  const absl::Cleanup remove = [&work] {
    std::error_code ignored;
    fs::remove_all(work, ignored);
  };
  TSM_ASSIGN_OR_RETURN(const std::string source, UnpackSources(sources, layout, work));
  const std::string compiled = work + "/compiled";
  TSM_RETURN_IF_ERROR(RunLoadkeys(program, source, compiled));
  TSM_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(compiled, kMaxKeymapSize));
  TSM_RETURN_IF_ERROR(ParseKeymap(AsBytes(bytes)).status());
  return WriteFileAtomically(out, bytes);
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunAction(argc, argv, "keymap", tsmedia::kHelp, tsmedia::Run); }
