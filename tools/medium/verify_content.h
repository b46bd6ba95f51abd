// Is what is sealed in a protected medium what its inventory says?

#ifndef TSMEDIA_TOOLS_MEDIUM_VERIFY_CONTENT_H_
#define TSMEDIA_TOOLS_MEDIUM_VERIFY_CONTENT_H_

#include "absl/status/statusor.h"
#include "tools/crypto/age_x25519.h"
#include "tools/medium/verify.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

// VerifyContent opens variables, sequence and inventory, and compares every block of every pack with its digest in the
// inventory. The ciphertext is VerifyMedium's to verify, before. Packs that are not wholly on the volumes at hand are
// left out; a note names each. Memory is bounded: a block a thread.
absl::StatusOr<VerifyResult> VerifyContent(VolumeProvider& volumes, const Manifest& manifest,
                                           const MediaIdentity& identity, int threads,
                                           const ProgressCallback& progress);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_VERIFY_CONTENT_H_
