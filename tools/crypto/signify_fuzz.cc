#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/crypto/signify.h"

// What a reader accepts as a signature is canonical: writing it again gives the same record line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text = tsmedia::AsText(tsmedia::ByteSpan(data, size));
  absl::StatusOr<tsmedia::SignifySignature> signature = tsmedia::ParseSignifySignature(text);
  if (signature.ok()) {
    std::string again = tsmedia::FormatSignifySignature(*signature);
    if (text.substr(text.find('\n')) != std::string_view(again).substr(again.find('\n'))) {
      std::abort();
    }
  }
  (void)tsmedia::ParseSignifyPublicKey(text);
  (void)tsmedia::SignifySecretKey::Parse(text);
  return 0;
}
