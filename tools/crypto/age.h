// Files in the format age-encryption.org/v1, as age(1) and rage(1) write and read them.
//
// Writers: values that age draws at random come in an AgeValues, from the system's generator (RandomAgeValues) or, for
// reproducible sealing, derived (tools/seal/derivation.h). A sealed file has exactly one X25519 recipient and its size
// follows from the plaintext's size alone (SealedSize).
//
// Readers treat a file as hostile: nothing is given out before the chunk that holds it is verified, and a file opens
// only if its last chunk is in place. Errors name the file, the chunk and the offset. Wrong keys and damage are told
// apart: PermissionDenied is a wrong password or identity, DataLoss is damage, InvalidArgument is not an age file.

#ifndef TSMEDIA_TOOLS_CRYPTO_AGE_H_
#define TSMEDIA_TOOLS_CRYPTO_AGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/crypto/age_header.h"
#include "tools/crypto/age_scrypt.h"
#include "tools/crypto/age_stream.h"
#include "tools/crypto/age_x25519.h"
#include "tools/crypto/secret.h"

namespace tsmedia {

// Bytes in front of the chunks of a file with one X25519 recipient: the header's lines (version, stanza with the share,
// body, MAC) and the nonce.
inline constexpr uint64_t kSealedPrefixSize = 22 + 54 + 44 + 48 + 16;

// SealedSize returns the size of the file that `plaintext_size` bytes become for one X25519 recipient.
constexpr uint64_t SealedSize(uint64_t plaintext_size) { return kSealedPrefixSize + SealedChunksSize(plaintext_size); }

// What an age file needs beside the plaintext and the recipient. No two files may share one.
struct AgeValues {
  AgeFileKey file_key;
  AgeNonce nonce;
  SecretBytes<32> ephemeral;  // X25519 scalar
};

AgeValues RandomAgeValues();

// SealedPrefix returns the kSealedPrefixSize bytes in front of the chunks, which are sealed with
// AgeStream(values.file_key, values.nonce).
absl::StatusOr<std::string> SealedPrefix(const AgeValues& values, const Recipient& recipient);

// SealBytes returns the whole file for `plaintext`.
absl::StatusOr<std::string> SealBytes(std::string_view plaintext, const AgeValues& values, const Recipient& recipient);

// EncryptWithPassword returns an age file that `password` opens, with random values.
absl::StatusOr<std::string> EncryptWithPassword(std::string_view plaintext, std::string_view password, int work_factor);

// DecryptWithPassword returns the plaintext of a file of at most 64 KiB + header that one scrypt stanza protects; a
// scrypt stanza beside others is refused. Errors do not name the file. `max_work_factor` <= kLargestWorkFactor.
absl::StatusOr<SecretString> DecryptWithPassword(std::string_view file, std::string_view password,
                                                 int max_work_factor = kMaxWorkFactor);

// AgeSource is the plaintext of an age file. Every chunk is verified before one byte of it is given out. Threads that
// read whole chunks (offset and length multiples of kAgeChunkSize) work at once; other reads share one cached chunk.
class AgeSource : public ByteSource {
 public:
  // Whether a file that was cut short is found when it is opened, by its last chunk, or only when that is read.
  enum class End { kCheckedFirst, kCheckedWhenRead };

  // Open finds the file key with `identity`, and checks header and last chunk, hence the size. `sealed` must outlive
  // the source. `expected` is the recipient that the file is known to be sealed for, if it is known; it makes errors
  // exact: a wrong identity is told from a damaged stanza.
  static absl::StatusOr<std::unique_ptr<AgeSource>> Open(const ByteSource* sealed, const MediaIdentity& identity,
                                                         const std::optional<Recipient>& expected = std::nullopt,
                                                         End end = End::kCheckedFirst);
  ~AgeSource() override = default;

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return sealed_->name(); }

 private:
  AgeSource(const ByteSource* sealed, const AgeFileKey& file_key, const AgeNonce& nonce, uint64_t chunks_offset,
            uint64_t size);
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override;
  // Reads whole chunks from `first` to `out`, whose size is that of the chunks.
  absl::Status OpenChunks(uint64_t first, MutableByteSpan out) const;
  absl::Status ReadFromCachedChunk(uint64_t offset, MutableByteSpan out) const;
  absl::Status CheckLastChunk() const;
  uint64_t ChunkSize(uint64_t number) const;
  uint64_t SealedOffset(uint64_t number) const { return chunks_offset_ + number * kSealedAgeChunkSize; }
  absl::Status DamagedChunk(uint64_t number, std::string_view problem) const;

  const ByteSource* sealed_;
  AgeStream stream_;
  uint64_t chunks_offset_;
  uint64_t size_;
  uint64_t chunk_count_;

  mutable absl::Mutex mutex_;
  mutable SecretBytes<kAgeChunkSize> cached_ ABSL_GUARDED_BY(mutex_);
  mutable std::optional<uint64_t> cached_number_ ABSL_GUARDED_BY(mutex_);
};

// DecryptBytes returns the plaintext of a small file in memory. Errors name `name`; the others as AgeSource::Open.
absl::StatusOr<SecretString> DecryptBytes(std::string_view file, const MediaIdentity& identity,
                                          const std::optional<Recipient>& expected, const std::string& name);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_CRYPTO_AGE_H_
