// The image that a layout describes, as bytes that can be read anywhere.

#ifndef TSMEDIA_TOOLS_BASE_LAYOUT_SOURCE_H_
#define TSMEDIA_TOOLS_BASE_LAYOUT_SOURCE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/base/extent.h"

namespace tsmedia {

// OpenInput opens the input that a layout calls `name`; several threads may call it at once.
using OpenInput = std::function<absl::StatusOr<std::shared_ptr<const ByteSource>>(const std::string& name)>;

// LayoutSource renders what is asked for at the moment, so that an image can be read without having been written. An
// input is open only while it is read. Errors are those of Render.
class LayoutSource : public ByteSource {
 public:
  LayoutSource(Layout layout, OpenInput open, std::string name)
      : layout_(std::move(layout)), open_(std::move(open)), name_(std::move(name)) {}

  uint64_t size() const override { return layout_.size; }
  const std::string& name() const override { return name_; }
  const Layout& layout() const { return layout_; }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  const Layout layout_;
  const OpenInput open_;
  const std::string name_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_LAYOUT_SOURCE_H_
