// make_cpio: a directory becomes a cpio archive by our writer, with a link and devices added. For tests only.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/interop/iso/scan.h"
#include "tools/base/args.h"
#include "tools/base/byte_sink.h"
#include "tools/base/byte_source.h"
#include "tools/base/program.h"
#include "tools/base/status_macros.h"
#include "tools/cpio/cpio.h"

namespace tsmedia {
namespace {

constexpr char kHelp[] = "make_cpio --root=DIR --out=FILE [--reverse=true]\n";

absl::Status Run(Args& args) {
  TSM_ASSIGN_OR_RETURN(std::string root, args.Required("root"));
  TSM_ASSIGN_OR_RETURN(std::string out, args.Required("out"));
  TSM_ASSIGN_OR_RETURN(bool reverse, args.Bool("reverse"));
  TSM_RETURN_IF_ERROR(args.Finish());
  TSM_ASSIGN_OR_RETURN(std::vector<ScannedFile> scanned, ScanDirectory(root));
  std::vector<std::unique_ptr<FileSource>> sources;
  std::vector<CpioEntry> entries;
  for (const ScannedFile& file : scanned) {
    TSM_ASSIGN_OR_RETURN(std::unique_ptr<FileSource> source, FileSource::Open(absl::StrCat(root, file.path)));
    CpioEntry entry;
    entry.path = file.path.substr(1);
    entry.content = source.get();
    sources.push_back(std::move(source));
    entries.push_back(std::move(entry));
  }
  CpioEntry link;
  link.path = "dir of link/link";
  link.type = CpioType::kSymlink;
  link.mode = 0777;
  link.target = "../target";
  entries.push_back(link);
  CpioEntry device;
  device.path = "dev/console";
  device.type = CpioType::kCharacterDevice;
  device.mode = 0600;
  device.major = 5;
  device.minor = 1;
  entries.push_back(device);
  device.path = "dev/loop7";
  device.type = CpioType::kBlockDevice;
  device.major = 7;
  device.minor = 7;
  entries.push_back(device);
  if (reverse) {
    entries = std::vector<CpioEntry>(entries.rbegin(), entries.rend());
  }
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AtomicFile> file, AtomicFile::Create(out));
  TSM_RETURN_IF_ERROR(WriteCpio(std::move(entries), CpioOptions(), file.get()));
  return file->Commit();
}

}  // namespace
}  // namespace tsmedia

int main(int argc, char** argv) { return tsmedia::RunProgram(argc, argv, "make_cpio", tsmedia::kHelp, tsmedia::Run); }
