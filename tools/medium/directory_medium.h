// A medium whose files were copied into a directory, for example onto a USB stick.

#ifndef TSMEDIA_TOOLS_MEDIUM_DIRECTORY_MEDIUM_H_
#define TSMEDIA_TOOLS_MEDIUM_DIRECTORY_MEDIUM_H_

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/medium/medium.h"

namespace tsmedia {

class DirectoryMedium : public Medium {
 public:
  explicit DirectoryMedium(std::string path) : name_(std::move(path)) {}

  const std::string& name() const override { return name_; }
  absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(std::string_view path) const override;
  absl::StatusOr<std::vector<std::string>> ListFiles() const override;
  const ByteSource* image() const override { return nullptr; }
  MediaFormat format() const override { return MEDIA_FORMAT_UNSPECIFIED; }
  bool ends_with_image() const override { return true; }
  absl::StatusOr<std::vector<ByteRange>> Locate(std::string_view path) const override;

 private:
  std::string name_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_DIRECTORY_MEDIUM_H_
