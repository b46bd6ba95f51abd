// A device in memory that fails on demand, loses power, and remembers what it was told.

#ifndef TSMEDIA_TOOLS_DRIVE_MEMORY_TARGET_H_
#define TSMEDIA_TOOLS_DRIVE_MEMORY_TARGET_H_

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/drive/block_target.h"

namespace tsmedia {

// What becomes of one call.
enum class Fault {
  kNone,
  kFail,  // an error, and nothing happens
  kTear,  // an error, and half of the sectors were written
  kDrop,  // said to be done, and nothing happens; a read is an error
  kFlip,  // one bit is another one
  kDie,   // half of the sectors are written; this call and all later ones are errors, as if the program had been killed
};

// MemoryTarget has a cache that forgets when the power fails, like a drive's: what was written since the last flush may
// be lost or not, each sector by itself. It is for one thread.
class MemoryTarget : public BlockTarget {
 public:
  explicit MemoryTarget(std::string bytes) : durable_(bytes), bytes_(std::move(bytes)) {}

  uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }
  uint32_t sector_size() const override { return 512; }
  const std::string& bytes() const { return bytes_; }
  int calls() const { return calls_; }
  int writes() const { return writes_; }

  // SetFault says what becomes of call number `call` (from 0) of reading, writing and flushing together.
  void SetFault(int call, Fault fault) {
    fault_call_ = call;
    fault_ = fault;
  }

  // LosePower returns what is there when the device gets power again.
  std::string LosePower(uint32_t seed) const {
    std::string bytes = durable_;
    std::minstd_rand random(seed);
    for (const auto& [offset, data] : pending_) {
      for (size_t at = 0; at < data.size(); at += sector_size()) {
        if (random() % 2 == 0) {
          const size_t size = std::min<size_t>(sector_size(), data.size() - at);
          bytes.replace(offset + at, size, data, at, size);
        }
      }
    }
    return bytes;
  }

  absl::Status Flush() override {
    const Fault fault = NextFault();
    if (fault == Fault::kDrop) {
      return absl::OkStatus();
    }
    if (fault != Fault::kNone && fault != Fault::kFlip) {
      return absl::DataLossError(absl::StrCat(name_, ": cannot flush (offset unknown)"));
    }
    durable_ = bytes_;
    pending_.clear();
    return absl::OkStatus();
  }

 private:
  Fault NextFault() const {
    const int call = calls_++;
    if (dead_) {
      return Fault::kFail;
    }
    const Fault fault = call == fault_call_ ? fault_ : Fault::kNone;
    dead_ = fault == Fault::kDie;
    return fault;
  }

  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override {
    const Fault fault = NextFault();
    if (fault != Fault::kNone && fault != Fault::kFlip) {
      return absl::DataLossError(absl::StrCat(name_, ": cannot read at offset ", offset));
    }
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    if (fault == Fault::kFlip) {
      out[out.size() / 2] ^= 0x10;
    }
    return absl::OkStatus();
  }

  absl::Status DoWriteAt(uint64_t offset, ByteSpan bytes) override {
    const Fault fault = NextFault();
    ++writes_;
    std::string data(AsText(bytes));
    if (fault == Fault::kDrop) {
      return absl::OkStatus();
    }
    if (fault == Fault::kFlip) {
      data[data.size() / 2] ^= 0x10;
    }
    if (fault == Fault::kTear || fault == Fault::kDie) {
      data.resize(data.size() / sector_size() / 2 * sector_size());
    }
    if (fault != Fault::kFail) {
      bytes_.replace(offset, data.size(), data);
      pending_.emplace_back(offset, std::move(data));
    }
    return fault == Fault::kNone || fault == Fault::kFlip
               ? absl::OkStatus()
               : absl::DataLossError(absl::StrCat(name_, ": cannot write at offset ", offset));
  }

  const std::string name_ = "/dev/fake";
  std::string durable_;  // what a flush has brought to safety
  std::string bytes_;    // what reading sees
  std::vector<std::pair<uint64_t, std::string>> pending_;
  int fault_call_ = -1;
  Fault fault_ = Fault::kNone;
  mutable int calls_ = 0;
  int writes_ = 0;
  mutable bool dead_ = false;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_DRIVE_MEMORY_TARGET_H_
