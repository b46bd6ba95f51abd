// File descriptors that close themselves.

#ifndef TSMEDIA_TOOLS_BASE_UNIQUE_FD_H_
#define TSMEDIA_TOOLS_BASE_UNIQUE_FD_H_

#include <utility>

#include "tools/base/bytes.h"

namespace tsmedia {

// UniqueFd owns an open file descriptor, or none, which is any negative number: what open(2) returns goes straight in.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  // Release leaves the descriptor open, and its closing to the caller.
  int Release() { return std::exchange(fd_, -1); }
  // Reset closes the descriptor, without a word about it in errno.
  void Reset();

 private:
  int fd_ = -1;
};

// WriteAll writes all of `bytes` at the position of the open file `fd`; false and errno if it cannot.
bool WriteAll(int fd, ByteSpan bytes);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_UNIQUE_FD_H_
