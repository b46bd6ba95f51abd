// Reading from drives that fail now and then.

#ifndef TSMEDIA_TOOLS_AGENT_RETRYING_SOURCE_H_
#define TSMEDIA_TOOLS_AGENT_RETRYING_SOURCE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "tools/base/byte_source.h"

namespace tsmedia {

// A read that fails is tried this many times in all: optical drives and virtual CDs of management controllers fail
// once and work again.
inline constexpr int kReadAttempts = 5;

// RetryingSource reads from `base` and repeats reads that fail.
class RetryingSource : public ByteSource {
 public:
  // `pause` waits between two attempts; tests don't.
  RetryingSource(std::unique_ptr<ByteSource> base, std::function<void(absl::Duration)> pause)
      : base_(std::move(base)), pause_(std::move(pause)) {}

  uint64_t size() const override { return base_->size(); }
  const std::string& name() const override { return base_->name(); }

 private:
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;

  std::unique_ptr<ByteSource> base_;
  std::function<void(absl::Duration)> pause_;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_AGENT_RETRYING_SOURCE_H_
