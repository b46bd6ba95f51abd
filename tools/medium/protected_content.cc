#include "tools/medium/protected_content.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/secret.h"
#include "tools/medium/acceptance.h"
#include "tools/plan/manifest.h"
#include "tools/plan/medium_paths.h"
#include "tools/seal/padding.h"

namespace tsmedia {
namespace {

absl::Status AboutFile(std::string_view path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("file /", path, ": ", status.message()));
}

absl::Status CheckUnlocked(const Manifest& manifest, const MediaIdentity* identity) {
  if (IsProtected(manifest) && identity == nullptr) {
    return absl::PermissionDeniedError("the medium is protected: its password is needed");
  }
  return absl::OkStatus();
}

uint64_t PaddingOf(std::string_view path) { return path == kInventoryPath ? kInventoryPadding : kSmallPadding; }

template <typename Message>
absl::StatusOr<Message> ReadMessage(const Medium& medium, const Manifest& manifest, const MediaIdentity* identity,
                                    std::string_view path, std::string_view context) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadObject(medium, manifest, identity, path));
  Message message;
  if (absl::Status status = ParseCanonical(bytes, context, &message); !status.ok()) {
    return AboutFile(path, status);
  }
  return message;
}

}  // namespace

bool IsProtected(const Manifest& manifest) { return !manifest.recipient().empty(); }

absl::StatusOr<Recipient> RecipientOf(const Manifest& manifest) {
  std::array<uint8_t, 32> key;
  std::ranges::copy(AsBytes(manifest.recipient()), key.begin());
  return Recipient::FromKey(key);
}

absl::StatusOr<MediaIdentity> UnlockMedium(const Medium& medium, const Manifest& manifest, std::string_view password,
                                           int max_work_factor) {
  TSM_ASSIGN_OR_RETURN(Recipient recipient, RecipientOf(manifest));
  TSM_ASSIGN_OR_RETURN(std::string file, ReadListedFile(medium, manifest, kIdentityPath));
  absl::StatusOr<SecretString> text = DecryptWithPassword(file, password, max_work_factor);
  if (!text.ok()) {
    return AboutFile(kIdentityPath, text.status());
  }
  absl::StatusOr<MediaIdentity> identity = ParseIdentityFile(text->text());
  if (!identity.ok()) {
    return AboutFile(kIdentityPath, identity.status());
  }
  if (identity->recipient() != recipient) {
    return AboutFile(kIdentityPath, absl::PermissionDeniedError(absl::StrCat(
                                        "it is the identity of another media key: the content is sealed for ",
                                        recipient.ToString(), ", not for ", identity->recipient().ToString())));
  }
  return identity;
}

absl::StatusOr<std::string> ReadObject(const Medium& medium, const Manifest& manifest, const MediaIdentity* identity,
                                       std::string_view path) {
  TSM_RETURN_IF_ERROR(CheckUnlocked(manifest, identity));
  if (!IsProtected(manifest)) {
    return ReadListedFile(medium, manifest, path);
  }
  const std::string sealed_path = absl::StrCat(path, kSealedEnding);
  TSM_ASSIGN_OR_RETURN(Recipient recipient, RecipientOf(manifest));
  TSM_ASSIGN_OR_RETURN(std::string sealed, ReadListedFile(medium, manifest, sealed_path));
  TSM_ASSIGN_OR_RETURN(SecretString padded,
                       DecryptBytes(sealed, *identity, recipient, absl::StrCat("file /", sealed_path)));
  absl::StatusOr<std::string_view> bytes = UnpadMessage(padded.text(), PaddingOf(path));
  if (!bytes.ok()) {
    return AboutFile(sealed_path, bytes.status());
  }
  return std::string(*bytes);
}

absl::StatusOr<Inventory> ReadInventory(const Medium& medium, const Manifest& manifest, const MediaIdentity* identity) {
  return ReadMessage<Inventory>(medium, manifest, identity, kInventoryPath, kInventoryContext);
}

absl::StatusOr<MediaVariables> ReadVariables(const Medium& medium, const Manifest& manifest,
                                             const MediaIdentity* identity) {
  return ReadMessage<MediaVariables>(medium, manifest, identity, kVariablesPath, kVariablesContext);
}

absl::StatusOr<std::unique_ptr<PackSource>> PackSource::Open(VolumeProvider& volumes, const Manifest& manifest,
                                                             const PackageEntry& package,
                                                             const MediaIdentity* identity) {
  TSM_RETURN_IF_ERROR(CheckUnlocked(manifest, identity));
  auto source = absl::WrapUnique(new PackSource());
  source->stored_ = std::make_unique<PackageSource>(volumes, package);
  source->pack_ = source->stored_.get();
  if (IsProtected(manifest)) {
    TSM_ASSIGN_OR_RETURN(Recipient recipient, RecipientOf(manifest));
    // Every byte is the one that the manifest lists, so that nothing can be missing at the end; and to look there first
    // would mean to ask for the last volume of the package before the first.
    TSM_ASSIGN_OR_RETURN(source->opened_, AgeSource::Open(source->stored_.get(), *identity, recipient,
                                                          AgeSource::End::kCheckedWhenRead));
    source->pack_ = source->opened_.get();
  }
  return source;
}

}  // namespace tsmedia
