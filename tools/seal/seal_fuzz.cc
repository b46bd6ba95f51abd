#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/crypto/password.h"
#include "tools/crypto/secret.h"
#include "tools/crypto/secret_variables.h"
#include "tools/seal/padding.h"
#include "tools/seal/seal.pb.h"
#include "tools/seal/seal_info.h"
#include "tools/seal/seal_secret.h"

// What a reader accepts has one form only; files that people write are only read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = tsmedia::AsText(tsmedia::ByteSpan(data, size));
  const absl::StatusOr<tsmedia::SealInfo> info = tsmedia::ParseSealInfo(bytes);
  if (info.ok() && tsmedia::SerializeCanonical(*info) != bytes) {
    std::abort();
  }
  for (uint64_t unit : {tsmedia::kSmallPadding, tsmedia::kInventoryPadding}) {
    const absl::StatusOr<std::string_view> message = tsmedia::UnpadMessage(bytes, unit);
    if (message.ok() && tsmedia::PadMessage(*message, unit) != bytes) {
      std::abort();
    }
    const std::string padded = tsmedia::PadMessage(bytes, unit);
    if (padded.size() % unit != 0 || !tsmedia::UnpadMessage(padded, unit).ok()) {
      std::abort();
    }
  }
  (void)tsmedia::ParseSealSecretFile(bytes);
  (void)tsmedia::ParseSecretVariables(bytes);
  (void)tsmedia::ParsePasswordFile(bytes);
  return 0;
}
