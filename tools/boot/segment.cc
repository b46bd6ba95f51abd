#include "tools/boot/segment.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_sink.h"
#include "tools/base/status_macros.h"
#include "tools/cpio/cpio.h"
#include "zstd.h"

namespace tsmedia {
namespace {

// Made once and read often. At this level the window is 8 MiB, which the kernel's decoder takes (it allows 128 MiB).
constexpr int kCompressionLevel = 19;

absl::StatusOr<std::string> MakeCpio(const std::map<std::string, SegmentFile>& files) {
  std::vector<CpioEntry> entries;
  for (const auto& [path, file] : files) {
    CpioEntry& entry = entries.emplace_back();
    entry.path = path;
    entry.mode = file.mode;
    if (file.link_target.empty()) {
      entry.content = file.bytes;
    } else {
      entry.type = CpioType::kSymlink;
      entry.mode = 0777;
      entry.target = file.link_target;
    }
  }
  StringSink sink;
  TSM_RETURN_IF_ERROR(WriteCpio(std::move(entries), CpioOptions(), &sink));
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
  const size_t size =
      ZSTD_compressCCtx(context.get(), segment.data(), segment.size(), cpio.data(), cpio.size(), kCompressionLevel);
  if (ZSTD_isError(size)) {
    return absl::InternalError(absl::StrCat("cannot compress an initial RAM disk: ", ZSTD_getErrorName(size)));
  }
  segment.resize(size);
  return segment;
}

}  // namespace tsmedia
