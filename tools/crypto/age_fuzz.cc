#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/bytes.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_header.h"
#include "tools/crypto/age_x25519.h"

namespace {

// The identity of the corpus.
constexpr std::string_view kIdentity = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

}  // namespace

// A header that is accepted has one form: writing its stanzas again gives the same bytes up to the MAC. A file that
// opens has the size that its chunks say.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = tsmedia::AsText(tsmedia::ByteSpan(data, size));
  absl::StatusOr<tsmedia::AgeHeader> header = tsmedia::ParseAgeHeader(text);
  if (header.ok()) {
    std::string again = tsmedia::FormatAgeHeader(header->stanzas, tsmedia::AgeFileKey());
    if (!again.starts_with(header->authenticated) || again.size() != header->size) {
      std::abort();
    }
  }
  const tsmedia::MemorySource sealed{std::string(text)};
  absl::StatusOr<tsmedia::MediaIdentity> identity = tsmedia::MediaIdentity::Parse(kIdentity);
  absl::StatusOr<std::unique_ptr<tsmedia::AgeSource>> source = tsmedia::AgeSource::Open(&sealed, *identity);
  if (source.ok()) {
    absl::StatusOr<std::string> plaintext = (*source)->ReadString(0, (*source)->size());
    if (plaintext.ok() && plaintext->size() >= size) {
      std::abort();
    }
  }
  // No work factor is allowed: everything but scrypt itself, which takes too long.
  if (tsmedia::DecryptWithPassword(text, "password", 0).ok()) {
    std::abort();
  }
  return 0;
}
