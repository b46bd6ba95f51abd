#include "tools/base/read_ahead_source.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

constexpr uint64_t kBlockSize = 4 * kMiB;

}  // namespace

ReadAheadSource::ReadAheadSource(const ByteSource* source) : source_(source), thread_([this] { FillBlocks(); }) {}

ReadAheadSource::~ReadAheadSource() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  thread_.join();
}

void ReadAheadSource::FillBlocks() {
  for (uint64_t offset = 0; offset < source_->size(); offset += kBlockSize) {
    Block* block;
    {
      absl::MutexLock lock(&mutex_);
      block = &blocks_[offset / kBlockSize % blocks_.size()];
      auto is_free = [this, block]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || !block->full; };
      mutex_.Await(absl::Condition(&is_free));
      if (stopped_) {
        return;
      }
    }
    // The reader waits for `full` before it looks at the rest.
    block->bytes.resize(std::min(kBlockSize, source_->size() - offset));
    block->status = source_->ReadAt(offset, MutableByteSpan(block->bytes));
    const bool ok = block->status.ok();
    absl::MutexLock lock(&mutex_);
    block->full = true;
    if (!ok) {
      return;
    }
  }
}

absl::Status ReadAheadSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  if (offset != position_) {
    return absl::FailedPreconditionError(
        absl::StrCat(name(), ": read at offset ", offset, " where offset ", position_, " is next"));
  }
  while (!out.empty()) {
    Block* block;
    {
      absl::MutexLock lock(&mutex_);
      block = &blocks_[position_ / kBlockSize % blocks_.size()];
      mutex_.Await(absl::Condition(&block->full));
    }
    if (!block->status.ok()) {
      return block->status;
    }
    const uint64_t in_block = position_ % kBlockSize;
    const size_t count = std::min<uint64_t>(out.size(), block->bytes.size() - in_block);
    std::memcpy(out.data(), block->bytes.data() + in_block, count);
    out.remove_prefix(count);
    position_ += count;
    if (in_block + count == block->bytes.size()) {
      absl::MutexLock lock(&mutex_);
      block->full = false;
    }
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
