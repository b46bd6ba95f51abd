// What a medium carries, read through its protection if it has one: media variables, task sequence, inventory, packs.

#ifndef TSMEDIA_TOOLS_MEDIUM_PROTECTED_CONTENT_H_
#define TSMEDIA_TOOLS_MEDIUM_PROTECTED_CONTENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "tools/base/byte_source.h"
#include "tools/crypto/age.h"
#include "tools/crypto/age_x25519.h"
#include "tools/medium/medium.h"
#include "tools/medium/package_source.h"
#include "tools/medium/volumes.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"

namespace tsmedia {

// IsProtected returns whether the content is sealed: then it takes a password to read it.
bool IsProtected(const Manifest& manifest);

// RecipientOf returns whom the content of a protected medium is sealed for.
absl::StatusOr<Recipient> RecipientOf(const Manifest& manifest);

// UnlockMedium opens the identity on a protected medium with `password`. PermissionDenied: the password is wrong, or
// the identity is that of another media key. DataLoss: the file is damaged. FailedPrecondition: its work factor is
// above `max_work_factor`.
absl::StatusOr<MediaIdentity> UnlockMedium(const Medium& medium, const Manifest& manifest, std::string_view password,
                                           int max_work_factor);

// ReadObject returns the bytes of the variables, the sequence or the inventory, after digest and seal were checked.
// `path` is the path of the object in clear (medium_paths.h); `identity` is null for a medium that is not protected.
absl::StatusOr<std::string> ReadObject(const Medium& medium, const Manifest& manifest, const MediaIdentity* identity,
                                       std::string_view path);

// ReadInventory and ReadVariables read and parse their object.
absl::StatusOr<Inventory> ReadInventory(const Medium& medium, const Manifest& manifest, const MediaIdentity* identity);
absl::StatusOr<MediaVariables> ReadVariables(const Medium& medium, const Manifest& manifest,
                                             const MediaIdentity* identity);

// A pack of a medium; no byte leaves it unverified.
class PackSource : public ByteSource {
 public:
  // Open opens the pack of `package`, an entry of `manifest`. Both and `volumes` must outlive it. `identity` is null
  // for a medium that is not protected. Of a sealed pack the beginning is read.
  static absl::StatusOr<std::unique_ptr<PackSource>> Open(VolumeProvider& volumes, const Manifest& manifest,
                                                          const PackageEntry& package, const MediaIdentity* identity);

  uint64_t size() const override { return pack_->size(); }
  const std::string& name() const override { return stored_->name(); }

 private:
  PackSource() = default;
  absl::Status DoReadAt(uint64_t offset, MutableByteSpan out) const override { return pack_->ReadAt(offset, out); }

  std::unique_ptr<PackageSource> stored_;
  std::unique_ptr<AgeSource> opened_;  // null if the pack is stored in clear
  const ByteSource* pack_ = nullptr;   // one of them
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_MEDIUM_PROTECTED_CONTENT_H_
