#include "tools/medium/acceptance.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/base/byte_source.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/sha256.h"
#include "tools/base/status_macros.h"
#include "tools/crypto/signify.h"
#include "tools/plan/medium_paths.h"

namespace tsmedia {
namespace {

// A larger volume.binpb is refused: it has a label and some numbers.
constexpr uint64_t kMaxVolumeInfoSize = 4096;

absl::Status AboutFile(std::string_view path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat("file /", path, ": ", status.message()));
}

absl::StatusOr<std::string> ReadFile(const Medium& medium, std::string_view path, uint64_t max_size) {
  TSM_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, medium.OpenFile(path));
  if (file->size() > max_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("file /", path, ": it has ", file->size(), " bytes; at most ", max_size, " are allowed"));
  }
  return file->ReadString(0, file->size());
}

absl::StatusOr<VerifiedManifest> AcceptManifest(const Medium& medium, const Anchors& anchors, int64_t now) {
  TSM_ASSIGN_OR_RETURN(std::string manifest, ReadFile(medium, kManifestPath, kMaxManifestSize));
  absl::StatusOr<std::string> signature_text = ReadFile(medium, kSignaturePath, kSignifySignatureFileSize);
  if (absl::IsNotFound(signature_text.status())) {
    return AboutFile(kSignaturePath, absl::PermissionDeniedError("the manifest is not signed"));
  }
  TSM_RETURN_IF_ERROR(signature_text.status());
  absl::StatusOr<SignifySignature> signature = ParseSignifySignature(*signature_text);
  if (!signature.ok()) {
    return AboutFile(kSignaturePath, signature.status());
  }
  if (FormatSignifySignature(*signature) != *signature_text) {
    return AboutFile(kSignaturePath, absl::InvalidArgumentError("its comment is not the one that media carry"));
  }
  absl::StatusOr<VerifiedManifest> verified = OpenManifest(manifest, {*signature}, anchors, now);
  if (!verified.ok()) {
    return AboutFile(absl::StrCat(kManifestPath, " with file /", kSignaturePath), verified.status());
  }
  return verified;
}

absl::StatusOr<Manifest> ParseUnverified(std::string_view bytes) {
  absl::StatusOr<Manifest> manifest = ParseManifest(bytes);
  return manifest.ok() ? manifest : AboutFile(kManifestPath, manifest.status());
}

absl::StatusOr<VolumeInfo> AcceptVolume(const Medium& medium, const Manifest& manifest) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadVolumeFile(medium, manifest));
  VolumeInfo volume;
  if (absl::Status status = ParseCanonical(bytes, kVolumeContext, &volume); !status.ok()) {
    return AboutFile(kVolumePath, status);
  }
  if (volume.media_id() != manifest.media_id() || volume.number() == 0 ||
      volume.number() > static_cast<uint32_t>(manifest.volumes_size()) ||
      volume.count() != static_cast<uint32_t>(manifest.volumes_size())) {
    return AboutFile(kVolumePath,
                     absl::InvalidArgumentError("it names another medium or a volume that does not exist"));
  }
  return volume;
}

absl::StatusOr<AcceptedMedium> AcceptView(const Medium& medium, const Anchors& anchors, int64_t now) {
  AcceptedMedium accepted;
  TSM_ASSIGN_OR_RETURN(accepted.manifest, AcceptManifest(medium, anchors, now));
  TSM_ASSIGN_OR_RETURN(accepted.volume, AcceptVolume(medium, accepted.manifest.manifest));
  return accepted;
}

absl::StatusOr<AcceptedMedium> ReadView(const Medium& medium) {
  AcceptedMedium accepted;
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadFile(medium, kManifestPath, kMaxManifestSize));
  accepted.manifest.digest = Sha256(bytes);
  TSM_ASSIGN_OR_RETURN(accepted.manifest.manifest, ParseUnverified(bytes));
  TSM_ASSIGN_OR_RETURN(accepted.volume, AcceptVolume(medium, accepted.manifest.manifest));
  return accepted;
}

// Says which volume of which other medium this is, as far as it tells.
absl::Status ForeignVolume(const Medium& medium, std::string_view manifest_bytes) {
  absl::StatusOr<Manifest> manifest = ParseUnverified(manifest_bytes);
  if (!manifest.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("a volume of another medium, whose manifest is not valid: ", manifest.status().message()));
  }
  absl::StatusOr<VolumeInfo> volume = AcceptVolume(medium, *manifest);
  return absl::FailedPreconditionError(
      absl::StrCat(volume.ok() ? absl::StrCat("volume ", volume->number()) : std::string("a damaged volume"),
                   " of another medium: label ", manifest->label(), ", media ID ", MediaIdText(*manifest)));
}

absl::StatusOr<VolumeInfo> AcceptVolumeOf(const Medium& medium, const VerifiedManifest& manifest) {
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadFile(medium, kManifestPath, kMaxManifestSize));
  return Sha256(bytes) == manifest.digest ? AcceptVolume(medium, manifest.manifest) : ForeignVolume(medium, bytes);
}

// Returns the first view that `accept` accepts, with what it returned, else the error of the first view.
template <typename Result, typename Accept>
absl::StatusOr<Result> FirstAccepted(MediumViews views, Accept accept) {
  absl::Status first_error;
  for (std::unique_ptr<Medium>& medium : views) {
    auto accepted = accept(*medium);
    if (accepted.ok()) {
      return Result{std::move(medium), *std::move(accepted)};
    }
    first_error.Update(accepted.status());
  }
  return first_error;
}

}  // namespace

absl::StatusOr<OpenedMedium> AcceptMedium(MediumViews views, const Anchors& anchors, int64_t now) {
  return FirstAccepted<OpenedMedium>(std::move(views),
                                     [&](const Medium& medium) { return AcceptView(medium, anchors, now); });
}

absl::StatusOr<OpenedMedium> OpenUnverified(MediumViews views) {
  return FirstAccepted<OpenedMedium>(std::move(views), ReadView);
}

absl::StatusOr<OpenedVolume> OpenVolume(MediumViews views, const VerifiedManifest& manifest) {
  return FirstAccepted<OpenedVolume>(std::move(views),
                                     [&](const Medium& medium) { return AcceptVolumeOf(medium, manifest); });
}

absl::StatusOr<std::string> ReadVolumeFile(const Medium& medium, const Manifest& manifest) {
  absl::StatusOr<std::string> bytes = ReadFile(medium, kVolumePath, kMaxVolumeInfoSize);
  if (absl::IsNotFound(bytes.status())) {
    return AboutFile(kVolumePath, absl::DataLossError("missing"));
  }
  TSM_RETURN_IF_ERROR(bytes.status());
  const Sha256Digest digest = Sha256(*bytes);
  const auto is_listed = [&](const FileEntry& file) {
    return file.path() == kVolumePath && file.sha256() == DigestText(digest);
  };
  if (std::ranges::none_of(manifest.files(), is_listed)) {
    return AboutFile(kVolumePath, absl::DataLossError("damaged: it is not what the manifest says"));
  }
  return bytes;
}

absl::StatusOr<std::string> ReadListedFile(const Medium& medium, const Manifest& manifest, std::string_view path) {
  auto entry = std::ranges::lower_bound(manifest.files(), path, {},
                                        [](const FileEntry& file) -> std::string_view { return file.path(); });
  if (entry == manifest.files().end() || entry->path() != path) {
    return absl::NotFoundError(absl::StrCat("file /", path, ": the manifest does not list it"));
  }
  TSM_ASSIGN_OR_RETURN(std::string bytes, ReadFile(medium, path, entry->size()));
  if (DigestText(Sha256(bytes)) != entry->sha256()) {
    return absl::DataLossError(absl::StrCat("file /", path, ": damaged: it is not what the manifest says"));
  }
  return bytes;
}

}  // namespace tsmedia
