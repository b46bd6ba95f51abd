// The records of a journal's segment: how they are sealed and found intact.
//
//   offset 0       header: length (4 bytes, little-endian), JournalHeader in canonical form, its SHA-256 (32 bytes)
//   offset 16 KiB  records, each at a multiple of 4 KiB: length of the record (4 bytes, little-endian), JournalRecord
//                  in canonical form, tag (16 bytes)
//
// On protected media a record is encrypted with ChaCha20-Poly1305 under a key that only this segment has:
// HKDF-SHA-256(identity scalar, salt of the header, "tsmedia/v1/journal" || manifest's SHA-256 || disk's identity).
// The nonce is the record's number from 0, and the tag vouches for the header, the number and the tag before as well:
// a record fits in one place only. Else the tag is the first 16 bytes of a SHA-256 over the same.

#ifndef TSMEDIA_TOOLS_JOURNAL_RECORDS_H_
#define TSMEDIA_TOOLS_JOURNAL_RECORDS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/crypto/aead.h"
#include "tools/crypto/age_x25519.h"
#include "tools/journal/journal.pb.h"

namespace tsmedia {

inline constexpr std::string_view kJournalContext = "tsmedia/journal/v1";
inline constexpr std::string_view kJournalRecordContext = "tsmedia/journalrecord/v1";

inline constexpr uint64_t kSegmentSize = 256 * kKiB;
inline constexpr uint64_t kSegmentHeaderSize = 16 * kKiB;
inline constexpr uint64_t kRecordAlignment = 4 * kKiB;
inline constexpr size_t kRecordLengthSize = 4;
inline constexpr size_t kJournalSaltSize = 32;

// FormatHeader returns the kSegmentHeaderSize bytes of a header. ResourceExhausted if it is too large.
absl::StatusOr<std::string> FormatHeader(const JournalHeader& header);

// ParseHeader reads them. NotFound if there is no intact header.
absl::StatusOr<JournalHeader> ParseHeader(std::string_view bytes);

// RecordChain seals or opens the records of one segment, in their order.
class RecordChain {
 public:
  // `identity` is that of the medium; null if the header does not say that the records are sealed.
  RecordChain(const JournalHeader& header, const MediaIdentity* identity);

  // Seal returns the bytes of the next record, a multiple of kRecordAlignment.
  std::string Seal(const JournalRecord& record);

  // Open reads the next record, which `bytes` begin with, and sets how many bytes it takes. DataLoss if it is not
  // intact, or is another one; the chain is to be used no more.
  absl::StatusOr<JournalRecord> Open(std::string_view bytes, uint64_t* size);

 private:
  using Tag = std::array<uint8_t, kAeadTagSize>;

  AeadNonce Nonce() const;
  std::string Additional() const;
  Tag Checksum(std::string_view record) const;
  void Advance(const Tag& tag);

  const std::string header_;
  std::unique_ptr<ChaCha20Poly1305> cipher_;  // null: checksums only
  uint64_t number_ = 0;
  Tag previous_ = {};
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_JOURNAL_RECORDS_H_
