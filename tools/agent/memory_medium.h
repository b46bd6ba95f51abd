// A medium in memory, for tests.

#ifndef TSMEDIA_TOOLS_AGENT_MEMORY_MEDIUM_H_
#define TSMEDIA_TOOLS_AGENT_MEMORY_MEDIUM_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/ranges_source.h"
#include "tools/medium/medium.h"

namespace tsmedia {

// MemoryMedium holds `files`, path to content.
class MemoryMedium : public Medium {
 public:
  const std::string& name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const override {
    auto file = files.find(std::string(path));
    if (file == files.end()) {
      return absl::NotFoundError(absl::StrCat(path, ": no such file"));
    }
    return std::make_unique<MemorySource>(file->second, file->first);
  }
  absl::StatusOr<std::vector<std::string>> ListFiles() const override { return std::vector<std::string>(); }
  const ByteSource* image() const override { return nullptr; }
  MediaFormat format() const override { return MEDIA_FORMAT_UNSPECIFIED; }
  bool ends_with_image() const override { return true; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view) const override {
    return absl::UnimplementedError("not here");
  }

  std::map<std::string, std::string> files;

 private:
  const std::string name_ = "medium";
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_MEMORY_MEDIUM_H_
