#include "tools/crypto/age.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "openssl/mem.h"
#include "openssl/rand.h"
#include "tools/base/status_macros.h"

namespace tsmedia {
namespace {

// Sealed chunks that one read takes at once.
constexpr uint64_t kBatchChunks = 16;
// Identities and their comments; DecryptWithPassword is for nothing larger.
constexpr uint64_t kMaxPasswordPayload = kAgeChunkSize;

absl::Status WithName(std::string_view name, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

bool HasType(const AgeStanza& stanza, std::string_view type) { return stanza.arguments[0] == type; }

// Why no stanza opened.
absl::Status NotForIdentity(const MediaIdentity& identity, const std::optional<Recipient>& expected) {
  std::string own = identity.recipient().ToString();
  if (!expected.has_value()) {
    return absl::PermissionDeniedError(absl::StrCat("it is not sealed for this identity (", own, ")"));
  }
  if (identity.recipient() == *expected) {
    return absl::DataLossError("the recipient stanza is damaged: it does not open with the identity it was sealed for");
  }
  return absl::PermissionDeniedError(absl::StrCat("this is not the identity it is sealed for: it is for ",
                                                  expected->ToString(), ", the identity is that of ", own));
}

absl::StatusOr<AgeFileKey> FindFileKey(const AgeHeader& header, const MediaIdentity& identity,
                                       const std::optional<Recipient>& expected) {
  std::optional<AgeFileKey> found;
  for (const AgeStanza& stanza : header.stanzas) {
    if (HasType(stanza, kScryptStanzaType)) {
      return header.stanzas.size() == 1
                 ? absl::PermissionDeniedError("it is protected with a password, not sealed for an identity")
                 : absl::DataLossError("the age header is damaged: a scrypt stanza stands beside others");
    }
    if (!HasType(stanza, kX25519StanzaType)) {
      continue;  // other people's recipient types, and the grease of rage
    }
    TSM_ASSIGN_OR_RETURN(std::optional<AgeFileKey> key, UnwrapX25519(stanza, identity));
    if (key.has_value() && !found.has_value()) {
      found = std::move(key);
    }
  }
  if (!found.has_value()) {
    return NotForIdentity(identity, expected);
  }
  TSM_RETURN_IF_ERROR(CheckAgeHeaderMac(header, *found));
  return *std::move(found);
}

// Appends header, nonce and chunks.
std::string SealChunks(std::string prefix, std::string_view plaintext, const AgeFileKey& file_key,
                       const AgeNonce& nonce) {
  const AgeStream stream(file_key, nonce);
  std::string file = std::move(prefix);
  size_t offset = file.size();
  file.resize(offset + SealedChunksSize(plaintext.size()));
  uint64_t count = AgeChunkCount(plaintext.size());
  for (uint64_t i = 0; i < count; ++i) {
    std::string_view part = plaintext.substr(i * kAgeChunkSize, kAgeChunkSize);
    auto* out = reinterpret_cast<uint8_t*>(file.data()) + offset;
    if (!part.empty()) {
      std::memcpy(out, part.data(), part.size());
    }
    stream.SealChunk(i, i + 1 == count, MutableByteSpan(out, part.size()), out + part.size());
    offset += part.size() + kAgeTagSize;
  }
  return file;
}

}  // namespace

AgeValues RandomAgeValues() {
  AgeValues values;
  RAND_bytes(values.file_key.data(), values.file_key.size());
  RAND_bytes(values.nonce.data(), values.nonce.size());
  RAND_bytes(values.ephemeral.data(), values.ephemeral.size());
  return values;
}

absl::StatusOr<std::string> SealedPrefix(const AgeValues& values, const Recipient& recipient) {
  TSM_ASSIGN_OR_RETURN(AgeStanza stanza, WrapForRecipient(values.file_key, recipient, values.ephemeral));
  return absl::StrCat(FormatAgeHeader({stanza}, values.file_key), AsText(values.nonce));
}

absl::StatusOr<std::string> SealBytes(std::string_view plaintext, const AgeValues& values, const Recipient& recipient) {
  TSM_ASSIGN_OR_RETURN(std::string prefix, SealedPrefix(values, recipient));
  return SealChunks(std::move(prefix), plaintext, values.file_key, values.nonce);
}

absl::StatusOr<std::string> EncryptWithPassword(std::string_view plaintext, std::string_view password,
                                                int work_factor) {
  AgeValues values = RandomAgeValues();
  std::array<uint8_t, 16> salt;
  RAND_bytes(salt.data(), salt.size());
  TSM_ASSIGN_OR_RETURN(AgeStanza stanza, WrapWithPassword(values.file_key, password, work_factor, salt));
  return SealChunks(absl::StrCat(FormatAgeHeader({stanza}, values.file_key), AsText(values.nonce)), plaintext,
                    values.file_key, values.nonce);
}

absl::StatusOr<SecretString> DecryptWithPassword(std::string_view file, std::string_view password,
                                                 int max_work_factor) {
  TSM_ASSIGN_OR_RETURN(AgeHeader header, ParseAgeHeader(file));
  if (std::ranges::none_of(header.stanzas, [](const AgeStanza& s) { return HasType(s, kScryptStanzaType); })) {
    return absl::InvalidArgumentError("it is not protected with a password but sealed for an identity");
  }
  // Otherwise one who knows another recipient's key could make a file that seems to come from who knows the password.
  if (header.stanzas.size() != 1) {
    return absl::DataLossError("the age header is damaged: a scrypt stanza stands beside others");
  }
  TSM_ASSIGN_OR_RETURN(AgeFileKey file_key, UnwrapScrypt(header.stanzas[0], password, max_work_factor));
  TSM_RETURN_IF_ERROR(CheckAgeHeaderMac(header, file_key));
  std::string_view payload = file.substr(header.size);
  AgeNonce nonce;
  if (payload.size() < nonce.size()) {
    return absl::DataLossError("truncated: the payload's nonce is incomplete");
  }
  std::memcpy(nonce.data(), payload.data(), nonce.size());
  payload.remove_prefix(nonce.size());
  TSM_ASSIGN_OR_RETURN(uint64_t size, OpenedChunksSize(payload.size()));
  if (size > kMaxPasswordPayload) {
    return absl::ResourceExhaustedError("too large for an identity");
  }
  SecretString plaintext(size);
  if (!AgeStream(file_key, nonce).OpenChunk(0, true, AsBytes(payload), plaintext.span().data())) {
    return absl::DataLossError("the payload is damaged");
  }
  return plaintext;
}

AgeSource::AgeSource(const ByteSource* sealed, const AgeFileKey& file_key, const AgeNonce& nonce,
                     uint64_t chunks_offset, uint64_t size)
    : sealed_(sealed),
      stream_(file_key, nonce),
      chunks_offset_(chunks_offset),
      size_(size),
      chunk_count_(AgeChunkCount(size)) {}

absl::StatusOr<std::unique_ptr<AgeSource>> AgeSource::Open(const ByteSource* sealed, const MediaIdentity& identity,
                                                           const std::optional<Recipient>& expected, End end) {
  TSM_ASSIGN_OR_RETURN(std::string beginning,
                       sealed->ReadString(0, std::min<uint64_t>(sealed->size(), kMaxAgeHeaderSize)));
  absl::StatusOr<AgeHeader> header = ParseAgeHeader(beginning);
  if (!header.ok()) {
    return WithName(sealed->name(), header.status());
  }
  absl::StatusOr<AgeFileKey> file_key = FindFileKey(*header, identity, expected);
  if (!file_key.ok()) {
    return WithName(sealed->name(), file_key.status());
  }
  AgeNonce nonce;
  TSM_RETURN_IF_ERROR(sealed->ReadAt(header->size, MutableByteSpan(nonce)));
  uint64_t chunks_offset = header->size + nonce.size();
  absl::StatusOr<uint64_t> size = OpenedChunksSize(sealed->size() - chunks_offset);
  if (!size.ok()) {
    return WithName(sealed->name(), size.status());
  }
  auto source = absl::WrapUnique(new AgeSource(sealed, *file_key, nonce, chunks_offset, *size));
  if (end == End::kCheckedFirst) {
    TSM_RETURN_IF_ERROR(source->CheckLastChunk());
  }
  return source;
}

uint64_t AgeSource::ChunkSize(uint64_t number) const { return std::min(kAgeChunkSize, size_ - number * kAgeChunkSize); }

absl::Status AgeSource::DamagedChunk(uint64_t number, std::string_view problem) const {
  return absl::DataLossError(absl::StrCat(name(), ": chunk ", number, " of ", chunk_count_, " at offset ",
                                          SealedOffset(number), " ", problem));
}

absl::Status AgeSource::CheckLastChunk() const {
  uint64_t number = chunk_count_ - 1;
  SecretBytes<kSealedAgeChunkSize> sealed;
  MutableByteSpan bytes = sealed.span().first(ChunkSize(number) + kAgeTagSize);
  TSM_RETURN_IF_ERROR(sealed_->ReadAt(SealedOffset(number), bytes));
  absl::MutexLock lock(&mutex_);
  if (stream_.OpenChunk(number, true, bytes, cached_.data())) {
    cached_number_ = number;
    return absl::OkStatus();
  }
  return DamagedChunk(number, stream_.OpenChunk(number, false, bytes, cached_.data())
                                  ? "is not the last one: the file is truncated"
                                  : "is damaged, or the file is truncated");
}

absl::Status AgeSource::OpenChunks(uint64_t first, MutableByteSpan out) const {
  auto sealed = std::make_unique_for_overwrite<uint8_t[]>(std::min(kBatchChunks, AgeChunkCount(out.size())) *
                                                          kSealedAgeChunkSize);
  while (!out.empty()) {
    uint64_t batch = std::min<uint64_t>(out.size(), kBatchChunks * kAgeChunkSize);
    MutableByteSpan bytes(sealed.get(), SealedChunksSize(batch));
    TSM_RETURN_IF_ERROR(sealed_->ReadAt(SealedOffset(first), bytes));
    for (uint64_t done = 0; done < batch; ++first) {
      uint64_t size = ChunkSize(first);
      if (!stream_.OpenChunk(first, first + 1 == chunk_count_, bytes.first(size + kAgeTagSize), out.data())) {
        return DamagedChunk(first, "is damaged");
      }
      bytes.remove_prefix(size + kAgeTagSize);
      out.remove_prefix(size);
      done += size;
    }
  }
  return absl::OkStatus();
}

absl::Status AgeSource::ReadFromCachedChunk(uint64_t offset, MutableByteSpan out) const {
  uint64_t number = offset / kAgeChunkSize;
  absl::MutexLock lock(&mutex_);
  if (cached_number_ != number) {
    cached_number_.reset();
    TSM_RETURN_IF_ERROR(OpenChunks(number, cached_.span().first(ChunkSize(number))));
    cached_number_ = number;
  }
  std::memcpy(out.data(), cached_.data() + offset % kAgeChunkSize, out.size());
  return absl::OkStatus();
}

absl::Status AgeSource::DoReadAt(uint64_t offset, MutableByteSpan out) const {
  while (!out.empty()) {
    uint64_t in_chunk = offset % kAgeChunkSize;
    uint64_t end = offset + out.size();
    // Whole chunks need no copy; the last chunk is whole where the file ends.
    uint64_t whole_end = end == size_ ? end : end - end % kAgeChunkSize;
    uint64_t count;
    if (in_chunk == 0 && whole_end > offset) {
      count = whole_end - offset;
      TSM_RETURN_IF_ERROR(OpenChunks(offset / kAgeChunkSize, out.first(count)));
    } else {
      count = std::min<uint64_t>(out.size(), kAgeChunkSize - in_chunk);
      TSM_RETURN_IF_ERROR(ReadFromCachedChunk(offset, out.first(count)));
    }
    offset += count;
    out.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<SecretString> DecryptBytes(std::string_view file, const MediaIdentity& identity,
                                          const std::optional<Recipient>& expected, const std::string& name) {
  const MemorySource sealed{std::string(file), name};
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<AgeSource> source, AgeSource::Open(&sealed, identity, expected));
  SecretString plaintext(source->size());
  TSM_RETURN_IF_ERROR(source->ReadAt(0, plaintext.span()));
  return plaintext;
}

}  // namespace tsmedia
