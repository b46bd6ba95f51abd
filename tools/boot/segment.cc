#include "tools/boot/segment.h"

#include <memory>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/cpio/cpio_writer.h"
#include "zstd.h"

namespace tsmedia {
namespace {

// 1980-01-01T00:00:00Z, the time of every file that we make.
constexpr uint32_t kFileTime = 315532800;

// Made once and read often. At this level the window is 8 MiB, which the kernel's decoder takes (it allows 128 MiB).
constexpr int kCompressionLevel = 19;

// Adds the directories above `path` that are not there yet.
void AddDirectories(const std::string& path, std::set<std::string>& directories) {
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    directories.insert(path.substr(0, slash));
  }
}

absl::StatusOr<std::string> MakeCpio(const std::map<std::string, SegmentFile>& files) {
  std::set<std::string> directories;
  std::set<std::string> paths;
  for (const auto& [path, file] : files) {
    AddDirectories(path, directories);
    paths.insert(path);
  }
  paths.insert(directories.begin(), directories.end());
  StringSink sink;
  CpioWriter writer(&sink, kFileTime);
  for (const std::string& path : paths) {
    CpioEntry entry = {.path = path, .type = CpioType::kDirectory, .mode = 0755};
    std::string_view bytes;
    if (const auto file = files.find(path); file != files.end()) {
      if (directories.contains(path)) {
        return absl::InvalidArgumentError(absl::StrCat("'", path, "' is both a file and a directory"));
      }
      if (file->second.bytes.size() > UINT32_MAX) {
        return absl::InvalidArgumentError(absl::StrCat("'", path, "' is too large for an initial RAM disk"));
      }
      bytes = file->second.bytes;
      entry = {.path = path, .mode = file->second.mode, .size = static_cast<uint32_t>(bytes.size())};
    }
    TSM_RETURN_IF_ERROR(writer.Add(entry, AsBytes(bytes)));
  }
  TSM_RETURN_IF_ERROR(writer.Finish());
  return sink.TakeBytes();
}

}  // namespace

absl::StatusOr<std::string> MakeSegment(const std::map<std::string, SegmentFile>& files) {
  TSM_ASSIGN_OR_RETURN(const std::string cpio, MakeCpio(files));
  std::string segment(ZSTD_compressBound(cpio.size()), '\0');
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  if (context == nullptr) {
    return absl::ResourceExhaustedError("no memory to compress an initial RAM disk");
  }
  const size_t size = ZSTD_compressCCtx(context.get(), segment.data(), segment.size(), cpio.data(), cpio.size(),
                                        kCompressionLevel);
  if (ZSTD_isError(size)) {
    return absl::InternalError(absl::StrCat("cannot compress an initial RAM disk: ", ZSTD_getErrorName(size)));
  }
  segment.resize(size);
  return segment;
}

}  // namespace tsmedia
