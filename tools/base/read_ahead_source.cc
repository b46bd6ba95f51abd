#include "tools/base/read_ahead_source.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tsmedia {
namespace {

constexpr uint64_t kBlockSize = 4 * kMiB;

}  // namespace

ReadAheadSource::ReadAheadSource(const ByteSource* source, int threads)
    : source_(source), blocks_(static_cast<size_t>(threads) + 2) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { FillBlocks(); });
  }
}

ReadAheadSource::~ReadAheadSource() {
  {
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ReadAheadSource::FillBlocks() {
  while (true) {
    uint64_t number;
    {
      absl::MutexLock lock(&mutex_);
      number = next_++;
      auto has_room = [this, number]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || number < done_ + blocks_.size(); };
      mutex_.Await(absl::Condition(&has_room));
      if (stopped_) {
        return;
      }
    }
    const uint64_t offset = number * kBlockSize;
    if (offset >= source_->size()) {
      return;
    }
    Block& block = blocks_[number % blocks_.size()];
    block.bytes.resize(std::min(kBlockSize, source_->size() - offset));
    block.status = source_->ReadAt(offset, MutableByteSpan(block.bytes));
    absl::MutexLock lock(&mutex_);
    block.full = true;
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
      ++done_;
    }
  }
  return absl::OkStatus();
}

}  // namespace tsmedia
