#include "tools/journal/records.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/hkdf.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

constexpr std::string_view kKeyLabel = "tsmedia/v1/journal";

std::string Length(size_t size) {
  std::string bytes(kRecordLengthSize, '\0');
  StoreLittle(static_cast<uint32_t>(size), reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

// The length that stands at the beginning of `bytes`; larger than them if there is none.
size_t LengthAt(std::string_view bytes) {
  return bytes.size() < kRecordLengthSize ? bytes.size() + 1 : LoadLittle<uint32_t>(AsBytes(bytes).data());
}

absl::Status Damaged() { return absl::DataLossError("the journal's record is not intact"); }

SecretBytes<32> SegmentKey(const JournalHeader& header, const MediaIdentity& identity) {
  SecretBytes<32> key;
  Hkdf(identity.scalar(), header.salt(), absl::StrCat(kKeyLabel, header.manifest_sha256(), header.disk_identity()),
       key.span());
  return key;
}

}  // namespace

absl::StatusOr<std::string> FormatHeader(const JournalHeader& header) {
  const std::string text = SerializeCanonical(header);
  std::string bytes = absl::StrCat(Length(text.size()), text, DigestText(Sha256(text)));
  if (bytes.size() > kSegmentHeaderSize) {
    return absl::ResourceExhaustedError("the kernel arguments are too long for the journal");
  }
  bytes.resize(kSegmentHeaderSize);
  return bytes;
}

absl::StatusOr<JournalHeader> ParseHeader(std::string_view bytes) {
  const size_t length = LengthAt(bytes);
  if (length > bytes.size() || bytes.size() - length < kRecordLengthSize + sizeof(Sha256Digest)) {
    return absl::NotFoundError("there is no journal");
  }
  const std::string_view text = bytes.substr(kRecordLengthSize, length);
  JournalHeader header;
  if (DigestText(Sha256(text)) != bytes.substr(kRecordLengthSize + length, sizeof(Sha256Digest)) ||
      !ParseCanonical(text, kJournalContext, &header).ok() || header.salt().size() != kJournalSaltSize ||
      header.manifest_sha256().size() != sizeof(Sha256Digest)) {
    return absl::NotFoundError("there is no journal");
  }
  return header;
}

RecordChain::RecordChain(const JournalHeader& header, const MediaIdentity* identity)
    : header_(SerializeCanonical(header)),
      cipher_(identity == nullptr ? nullptr : std::make_unique<ChaCha20Poly1305>(SegmentKey(header, *identity))) {}

AeadNonce RecordChain::Nonce() const {
  AeadNonce nonce = {};
  StoreLittle(number_, nonce.data());
  return nonce;
}

std::string RecordChain::Additional() const {
  std::string number(sizeof(number_), '\0');
  StoreLittle(number_, reinterpret_cast<uint8_t*>(number.data()));
  return absl::StrCat(header_, number, AsText(ByteSpan(previous_)));
}

RecordChain::Tag RecordChain::Checksum(std::string_view record) const {
  Sha256Hasher hasher;
  hasher.Update(Additional());
  hasher.Update(record);
  const Sha256Digest digest = hasher.Finish();
  Tag tag;
  std::copy_n(digest.begin(), tag.size(), tag.begin());
  return tag;
}

void RecordChain::Advance(const Tag& tag) {
  previous_ = tag;
  ++number_;
}

std::string RecordChain::Seal(const JournalRecord& record) {
  std::string text = SerializeCanonical(record);
  Tag tag;
  if (cipher_ == nullptr) {
    tag = Checksum(text);
  } else {
    cipher_->Seal(Nonce(), MutableByteSpan(reinterpret_cast<uint8_t*>(text.data()), text.size()), tag.data(),
                  AsBytes(Additional()));
  }
  std::string bytes = absl::StrCat(Length(text.size()), text, AsText(ByteSpan(tag)));
  bytes.resize(RoundUp(bytes.size(), kRecordAlignment));
  Advance(tag);
  return bytes;
}

absl::StatusOr<JournalRecord> RecordChain::Open(std::string_view bytes, uint64_t* size) {
  const size_t length = LengthAt(bytes);
  if (length > bytes.size() || bytes.size() - length < kRecordLengthSize + kAeadTagSize) {
    return Damaged();
  }
  const std::string_view sealed = bytes.substr(kRecordLengthSize, length + kAeadTagSize);
  Tag tag;
  std::copy_n(AsBytes(sealed).end() - kAeadTagSize, kAeadTagSize, tag.begin());
  std::string text(sealed.substr(0, length));
  const bool intact =
      cipher_ == nullptr
          ? Checksum(text) == tag
          : cipher_->Open(Nonce(), AsBytes(sealed), reinterpret_cast<uint8_t*>(text.data()), AsBytes(Additional()));
  JournalRecord record;
  if (!intact || !ParseCanonical(text, kJournalRecordContext, &record).ok()) {
    return Damaged();
  }
  *size = std::min<uint64_t>(RoundUp(kRecordLengthSize + sealed.size(), kRecordAlignment), bytes.size());
  Advance(tag);
  return record;
}

}  // namespace tsmedia
