#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/crypto/age_x25519.h"

// What a reader accepts has one form: writing it again gives the same text.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = tsmedia::AsText(tsmedia::ByteSpan(data, size));
  absl::StatusOr<tsmedia::Recipient> recipient = tsmedia::Recipient::Parse(text);
  if (recipient.ok() && recipient->ToString() != text) {
    std::abort();
  }
  absl::StatusOr<tsmedia::MediaIdentity> identity = tsmedia::MediaIdentity::Parse(text);
  if (identity.ok() && identity->ToString().text() != text) {
    std::abort();
  }
  (void)tsmedia::ParseIdentityFile(text);
  return 0;
}
