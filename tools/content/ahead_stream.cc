#include "tools/content/ahead_stream.h"

#include <algorithm>
#include <cstring>

namespace tsmedia {
namespace {

constexpr size_t kParts = 4;
constexpr size_t kPartSize = 1 * kMiB;

}  // namespace

AheadStream::AheadStream(ByteStream* stream) : stream_(stream), parts_(kParts) {
  thread_ = std::thread([this] { Fill(); });
}

AheadStream::~AheadStream() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void AheadStream::Fill() {
  for (uint64_t number = 0;; ++number) {
    {
      absl::MutexLock lock(&mutex_);
      auto has_room = [this, number]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || number < emptied_ + kParts; };
      mutex_.Await(absl::Condition(&has_room));
      if (stopped_) {
        return;
      }
    }
    Part& part = parts_[number % kParts];
    part.bytes.resize(kPartSize);
    part.size = ReadUpTo(*stream_, MutableByteSpan(part.bytes));
    const bool last = !part.size.ok() || *part.size == 0;
    {
      absl::MutexLock lock(&mutex_);
      ++filled_;
    }
    if (last) {
      return;
    }
  }
}

absl::StatusOr<size_t> AheadStream::Read(MutableByteSpan out) {
  if (!has_current_) {
    absl::MutexLock lock(&mutex_);
    auto is_filled = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return filled_ > current_; };
    mutex_.Await(absl::Condition(&is_filled));
    has_current_ = true;
  }
  const Part& part = parts_[current_ % kParts];
  if (!part.size.ok() || *part.size == 0) {
    return part.size;  // also when it is asked again
  }
  const size_t count = std::min(out.size(), *part.size - position_);
  std::memcpy(out.data(), part.bytes.data() + position_, count);
  position_ += count;
  if (position_ == *part.size) {
    absl::MutexLock lock(&mutex_);
    ++emptied_;
    ++current_;
    position_ = 0;
    has_current_ = false;
  }
  return count;
}

}  // namespace tsmedia
