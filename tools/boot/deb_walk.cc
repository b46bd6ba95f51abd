#include "tools/boot/deb_walk.h"

#include <memory>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/status_macros.h"
#include "tools/content/byte_stream.h"
#include "tools/content/deb.h"
#include "tools/content/decompress.h"

namespace tsmedia {

absl::Status WalkDeb(const std::string& path,
                     absl::FunctionRef<absl::Status(const DebEntry& entry, TarReader& reader)> visit) {
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<FileSource> file, FileSource::Open(path));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> data, OpenDebData(file.get()));
  TSM_ASSIGN_OR_RETURN(const std::unique_ptr<ByteStream> stream, OpenDecompressed(data.get()));
  TarReader reader(stream.get());
  while (true) {
    TSM_ASSIGN_OR_RETURN(std::optional<DebEntry> entry, reader.Next());
    if (!entry.has_value()) {
      return absl::OkStatus();
    }
    std::string_view name = entry->path;
    absl::ConsumePrefix(&name, "./");
    absl::ConsumeSuffix(&name, "/");
    if (name.empty() || name == ".") {
      continue;
    }
    entry->path = std::string(name);
    TSM_RETURN_IF_ERROR(visit(*entry, reader));
  }
}

absl::StatusOr<std::string> ReadEntry(const DebEntry& entry, TarReader& reader, uint64_t max_size) {
  if (entry.size > max_size) {
    return absl::ResourceExhaustedError(
        absl::StrCat(entry.path, ": too large: ", entry.size, " bytes, at most ", max_size, " are allowed"));
  }
  std::string bytes(entry.size, '\0');
  size_t position = 0;
  while (position < bytes.size()) {
    TSM_ASSIGN_OR_RETURN(
        const size_t count,
        reader.Read(MutableByteSpan(reinterpret_cast<uint8_t*>(bytes.data()) + position, bytes.size() - position)));
    if (count == 0) {
      return absl::DataLossError(
          absl::StrCat(entry.path, ": it ends after ", position, " of ", bytes.size(), " bytes"));
    }
    position += count;
  }
  return bytes;
}

}  // namespace tsmedia
