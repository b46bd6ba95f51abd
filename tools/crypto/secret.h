// Memory for secrets: wiped when it is given up, never copied by accident.

#ifndef TSMEDIA_TOOLS_CRYPTO_SECRET_H_
#define TSMEDIA_TOOLS_CRYPTO_SECRET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "openssl/mem.h"
#include "tools/base/bytes.h"

namespace tsmedia {

// SecretBytes holds exactly `N` secret bytes, zero at first.
template <size_t N>
class SecretBytes {
 public:
  SecretBytes() : bytes_{} {}
  ~SecretBytes() { OPENSSL_cleanse(bytes_.data(), N); }
  SecretBytes(SecretBytes&& other) noexcept : bytes_(other.bytes_) { OPENSSL_cleanse(other.bytes_.data(), N); }
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      OPENSSL_cleanse(other.bytes_.data(), N);
    }
    return *this;
  }

  static constexpr size_t size() { return N; }
  uint8_t* data() { return bytes_.data(); }
  const uint8_t* data() const { return bytes_.data(); }
  MutableByteSpan span() { return MutableByteSpan(bytes_); }
  ByteSpan span() const { return ByteSpan(bytes_); }

 private:
  std::array<uint8_t, N> bytes_;
};

// SecretString holds secret bytes whose number is known when it is made; they never move in memory.
class SecretString {
 public:
  SecretString() = default;
  // Zero bytes, to be filled through `span`.
  explicit SecretString(size_t size) : bytes_(std::make_unique<uint8_t[]>(size)), size_(size) {}
  // A copy of `text`; wiping the original is the caller's.
  explicit SecretString(std::string_view text) : SecretString(text.size()) {
    if (!text.empty()) {
      std::memcpy(bytes_.get(), text.data(), text.size());
    }
  }
  ~SecretString() { Wipe(); }
  SecretString(SecretString&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SecretString& operator=(SecretString&& other) noexcept {
    if (this != &other) {
      Wipe();
      bytes_ = std::move(other.bytes_);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  MutableByteSpan span() { return MutableByteSpan(bytes_.get(), size_); }
  std::string_view text() const { return std::string_view(reinterpret_cast<const char*>(bytes_.get()), size_); }

 private:
  void Wipe() {
    if (bytes_ != nullptr) {
      OPENSSL_cleanse(bytes_.get(), size_);
    }
  }

  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_ = 0;
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_SECRET_H_
