#include "tools/crypto/age_stream.h"

#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/crypto/hkdf.h"
#include "tools/crypto/secret.h"

namespace tsmedia {
namespace {

constexpr std::string_view kPayloadLabel = "payload";

SecretBytes<32> PayloadKey(const AgeFileKey& file_key, const AgeNonce& nonce) {
  SecretBytes<32> key;
  Hkdf(file_key.span(), AsText(nonce), kPayloadLabel, key.span());
  return key;
}

AeadNonce NonceOf(uint64_t number, bool last) {
  AeadNonce nonce = {};
  StoreBig<uint64_t>(number, nonce.data() + 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

}  // namespace

absl::StatusOr<uint64_t> OpenedChunksSize(uint64_t sealed_size) {
  uint64_t whole = sealed_size / kSealedAgeChunkSize;
  uint64_t rest = sealed_size % kSealedAgeChunkSize;
  // A rest that is only a tag would be an empty last chunk behind others.
  if (sealed_size < kAgeTagSize || (rest != 0 && (rest < kAgeTagSize || (rest == kAgeTagSize && whole > 0)))) {
    return absl::DataLossError(absl::StrCat("truncated or with bytes added: no payload has ", sealed_size, " bytes"));
  }
  return whole * kAgeChunkSize + (rest == 0 ? 0 : rest - kAgeTagSize);
}

AgeStream::AgeStream(const AgeFileKey& file_key, const AgeNonce& nonce) : cipher_(PayloadKey(file_key, nonce)) {}

void AgeStream::SealChunk(uint64_t number, bool last, MutableByteSpan chunk, uint8_t* tag) const {
  cipher_.Seal(NonceOf(number, last), chunk, tag);
}

bool AgeStream::OpenChunk(uint64_t number, bool last, ByteSpan sealed, uint8_t* out) const {
  return cipher_.Open(NonceOf(number, last), sealed, out);
}

}  // namespace tsmedia
