// Acceptance of a media manifest: the order of checks after which its content may be believed.

#ifndef TSMEDIA_TOOLS_PLAN_MANIFEST_H_
#define TSMEDIA_TOOLS_PLAN_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tools/base/sha256.h"
#include "tools/crypto/signify.h"
#include "tools/plan/boot.pb.h"
#include "tools/plan/manifest.pb.h"

namespace tsmedia {

inline constexpr std::string_view kManifestContext = "tsmedia/manifest/v1";
inline constexpr std::string_view kVolumeContext = "tsmedia/volume/v1";
inline constexpr std::string_view kInventoryContext = "tsmedia/inventory/v1";
inline constexpr std::string_view kVariablesContext = "tsmedia/variables/v1";
inline constexpr std::string_view kBootContext = "tsmedia/boot/v1";
inline constexpr std::string_view kAnchorsContext = "tsmedia/anchors/v1";
inline constexpr std::string_view kAgentContext = "tsmedia/agent/v1";

// A larger manifest is refused before a byte of it is read: 64 MiB list the blocks of some 7 TB of packages.
inline constexpr uint64_t kMaxManifestSize = 64 * kMiB;

// A manifest that was accepted. `digest` is the SHA-256 of its bytes: the identity of the run that began with it.
struct VerifiedManifest {
  Manifest manifest;
  Sha256Digest digest;
};

// OpenManifest accepts `bytes` if, in this order: they are at most kMaxManifestSize; at least `anchors.threshold()`
// distinct keys among the anchors that may sign manifests have signed exactly them; they begin with the manifest's
// context; they are canonical; the medium's kind is one of `anchors.media_kinds()`; and the content is consistent
// (ValidateManifest). Errors say which check failed: PermissionDenied for signatures and kinds, InvalidArgument for the
// rest. `now` (seconds since 1970) decides whether an anchor has expired.
absl::StatusOr<VerifiedManifest> OpenManifest(std::string_view bytes, absl::Span<const SignifySignature> signatures,
                                              const Anchors& anchors, int64_t now);

// A larger file of anchors is refused: a key takes some hundred bytes.
inline constexpr uint64_t kMaxAnchorsSize = 1 * kMiB;

// ReadAnchors reads and checks the anchors of a boot image.
absl::StatusOr<Anchors> ReadAnchors(std::string_view bytes);

// AnchorsFor trusts one key to sign manifests of every kind of media, without an end.
Anchors AnchorsFor(const SignifyPublicKey& key);

// ParseManifest reads a manifest whose signature has been checked, or is about to be made.
absl::StatusOr<Manifest> ParseManifest(std::string_view bytes);

// MediaIdText returns the 32 hexadecimal digits by which people and boot loaders know the medium.
std::string MediaIdText(const Manifest& manifest);

// MediaKindText returns "stand-alone", "bootable", "prestaged" or "capture", the words of Configuration Manager.
std::string_view MediaKindText(MediaKind kind);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_MANIFEST_H_
