// Fuzz target: everything that OpenMediumImage offers, on any bytes; and on the same bytes with the checksums of their
// partition table made right.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/gpt/right_checksums.h"
#include "tools/medium/medium.h"

namespace tsmedia {
namespace {

constexpr size_t kMaxFiles = 1000;

void ReadFiles(const Medium& medium) {
  absl::StatusOr<std::vector<std::string>> paths = medium.ListFiles();
  if (!paths.ok()) {
    return;
  }
  for (size_t i = 0; i < paths->size() && i < kMaxFiles; ++i) {
    absl::StatusOr<std::unique_ptr<ByteSource>> file = medium.OpenFile((*paths)[i]);
    if (file.ok() && (*file)->size() > 0) {
      (*file)->ReadString((*file)->size() / 2, 1).status().IgnoreError();
    }
  }
}

void Read(std::string bytes) {
  absl::StatusOr<MediumViews> views = OpenMediumImage(std::make_shared<MemorySource>(std::move(bytes)), true);
  if (views.ok()) {
    for (const std::unique_ptr<Medium>& medium : *views) {
      ReadFiles(*medium);
    }
  }
}

}  // namespace
}  // namespace tsmedia

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  tsmedia::Read(bytes);
  tsmedia::MakeChecksumsRight(bytes, 512);
  tsmedia::Read(bytes);
  tsmedia::MakeChecksumsRight(bytes, 4096);
  tsmedia::Read(std::move(bytes));
  return 0;
}
