// Sealing: from a proven plaintext to an age file, the same bytes every time. rules/docs/sealing_format.md explains it.
//
// Two plaintexts under one key and nonce would give both away. The derivation binds key and nonce to the plaintext's
// digest; so nothing may be encrypted before it is proven to have that digest.

#ifndef TSMEDIA_TOOLS_SEAL_SEAL_H_
#define TSMEDIA_TOOLS_SEAL_SEAL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/base/sha256.h"
#include "tools/base/unnamed_file.h"
#include "tools/content/pack.pb.h"
#include "tools/crypto/age_x25519.h"
#include "tools/seal/derivation.h"
#include "tools/seal/seal.pb.h"

namespace tsmedia {

// SealPack seals the pack in `source` for `recipient`, as `threads` >= 1 threads, into `out`, which the caller commits.
// Every block of 4 MiB is held in memory, compared with its digest in `info`, and only then encrypted in that same
// memory: 4 MiB a thread and 4 MiB more. Any difference from `info` is DataLoss; `out` must then not be committed.
// The bytes do not depend on `threads`.
absl::StatusOr<SealInfo> SealPack(const ByteSource& source, const PackInfo& info, const SealKey& key,
                                  const Recipient& recipient, int threads, UnnamedFile* out);

// SealSmall seals bytes in memory, with a scope unless they are a pack. Padding is the caller's (padding.h).
absl::StatusOr<std::string> SealSmall(std::string_view plaintext, SealKind kind, const Sha256Digest& scope,
                                      const SealKey& key, const Recipient& recipient);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_SEAL_SEAL_H_
