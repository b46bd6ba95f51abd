// Packs: one package's bytes as they travel, and what there is to say about them.

#ifndef TSMEDIA_TOOLS_CONTENT_PACK_H_
#define TSMEDIA_TOOLS_CONTENT_PACK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tools/base/byte_sink.h"
#include "tools/content/pack.pb.h"
#include "tools/content/tree.h"

namespace tsmedia {

// Number of threads that compress, if nobody says another: the processors, at most 16.
int DefaultPackThreads();

struct PackOptions {
  PackInfo::Compression compression = PackInfo::ZSTD;
  uint64_t file_time = 0;  // seconds since 1970 of every file, <= kTarMaxOctal
  int threads = 1;
};

// WriteTreePack appends the pack of `tree` to `sink`. The result has format, compression, sizes, digests and entries;
// who the package is remains to be filled in.
absl::StatusOr<PackInfo> WriteTreePack(const Tree& tree, const PackOptions& options, ByteSink* sink);

// WriteFilePack does the same for the file at `path` as it is; `name` is its path in the inventory.
absl::StatusOr<PackInfo> WriteFilePack(const std::string& name, const std::string& path, const PackOptions& options,
                                       ByteSink* sink);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CONTENT_PACK_H_
