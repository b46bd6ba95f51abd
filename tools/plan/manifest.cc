#include "tools/plan/manifest.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tools/base/canonical_proto.h"
#include "tools/base/package_id.h"
#include "tools/base/status_macros.h"
#include "tools/content/pack_info.h"
#include "tools/crypto/test_keys.h"

namespace tsmedia {
namespace {

constexpr size_t kDigestSize = std::tuple_size_v<Sha256Digest>;
constexpr size_t kRecipientSize = 32;  // of an X25519 public key (RFC 7748, section 5)
constexpr uint32_t kMaxVolumes = 100000;

SignifyPublicKey KeyOf(const Anchor& anchor) {
  SignifyPublicKey key;
  std::copy(anchor.key_number().begin(), anchor.key_number().end(), key.key_number.begin());
  std::copy(anchor.public_key().begin(), anchor.public_key().end(), key.key.begin());
  return key;
}

bool MaySignManifests(const Anchor& anchor, int64_t now) {
  return std::ranges::find(anchor.roles(), MANIFEST_SIGNER) != anchor.roles().end() &&
         (anchor.not_after() == 0 || now <= anchor.not_after());
}

absl::Status CheckSignatures(std::string_view bytes, absl::Span<const SignifySignature> signatures,
                             const Anchors& anchors, int64_t now) {
  // Distinct public keys: two anchors or two signature files of one key count once.
  std::set<std::string> signers;
  for (const Anchor& anchor : anchors.anchors()) {
    if (!MaySignManifests(anchor, now)) {
      continue;
    }
    SignifyPublicKey key = KeyOf(anchor);
    bool signed_by_key = std::ranges::any_of(signatures, [&](const SignifySignature& signature) {
      return VerifySignify(key, signature, AsBytes(bytes)).ok();
    });
    if (signed_by_key) {
      signers.insert(anchor.public_key());
    }
  }
  if (signers.size() < anchors.threshold()) {
    return absl::PermissionDeniedError(absl::StrCat("the manifest's signature is not valid: ", signers.size(),
                                                    " trusted keys signed these bytes, ", anchors.threshold(),
                                                    " must have"));
  }
  return absl::OkStatus();
}

absl::Status Inconsistent(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the manifest is inconsistent: ", what));
}

// Paths on a medium are relative, made of plain ASCII, and never leave it.
absl::Status CheckPath(std::string_view path) {
  for (std::string_view part : absl::StrSplit(path, '/')) {
    bool plain = std::ranges::all_of(part, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
    if (part.empty() || part == "." || part == ".." || !plain) {
      return Inconsistent(absl::StrCat("\"", absl::CHexEscape(path), "\" is no path of a medium"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSegments(const PackageEntry& package, uint64_t blocks, int volumes) {
  uint64_t next_block = 0;
  for (const SegmentEntry& segment : package.segments()) {
    TSM_RETURN_IF_ERROR(CheckPath(segment.path()));
    if (segment.first_block() != next_block || segment.volume() == 0 ||
        segment.volume() > static_cast<uint32_t>(volumes)) {
      return Inconsistent(absl::StrCat("segment ", segment.path(), " is out of place"));
    }
    next_block += segment.block_count();
  }
  if (next_block != blocks) {
    return Inconsistent(absl::StrCat("the segments of package ", package.package_id(), " hold ", next_block,
                                     " blocks, the package has ", blocks));
  }
  return absl::OkStatus();
}

absl::Status CheckPackages(const Manifest& manifest) {
  std::string_view previous;
  for (const PackageEntry& package : manifest.packages()) {
    TSM_RETURN_IF_ERROR(ValidatePackageId(package.package_id()));
    TSM_RETURN_IF_ERROR(ValidatePackageVersion(package.version()));
    if (package.package_id() <= previous) {
      return Inconsistent("packages must ascend by ID");
    }
    previous = package.package_id();
    uint64_t blocks = package.block_sha256().size() / kDigestSize;
    if (package.block_sha256().size() % kDigestSize != 0 ||
        blocks != package.size() / kBlockSize + (package.size() % kBlockSize != 0)) {
      return Inconsistent(absl::StrCat("package ", package.package_id(), " has not one digest for each block"));
    }
    TSM_RETURN_IF_ERROR(CheckSegments(package, blocks, manifest.volumes_size()));
  }
  return absl::OkStatus();
}

// Whether `volumes` ascend and exist.
bool AreVolumes(const google::protobuf::RepeatedField<uint32_t>& volumes, uint32_t count) {
  uint32_t previous = 0;
  return std::ranges::all_of(
      volumes, [&](uint32_t volume) { return std::exchange(previous, volume) < volume && volume <= count; });
}

// Whether `next` may follow `file`: paths ascend, and a path stands twice only for volumes that follow one another.
bool MayFollow(const FileEntry& file, const FileEntry& next) {
  return file.path() < next.path() || (file.path() == next.path() && !file.volumes().empty() &&
                                       !next.volumes().empty() && *file.volumes().rbegin() < next.volumes(0));
}

absl::Status CheckFiles(const Manifest& manifest) {
  const FileEntry* previous = nullptr;
  for (const FileEntry& file : manifest.files()) {
    TSM_RETURN_IF_ERROR(CheckPath(file.path()));
    if ((previous != nullptr && !MayFollow(*previous, file)) || file.sha256().size() != kDigestSize ||
        !AreVolumes(file.volumes(), static_cast<uint32_t>(manifest.volumes_size()))) {
      return Inconsistent(absl::StrCat("file ", file.path(), " is out of order, or its digest or volumes are wrong"));
    }
    previous = &file;
  }
  return absl::OkStatus();
}

absl::Status CheckVolumes(const Manifest& manifest) {
  if (manifest.volumes_size() == 0 || manifest.volumes_size() > static_cast<int>(kMaxVolumes)) {
    return Inconsistent("the number of volumes is out of range");
  }
  for (int i = 0; i < manifest.volumes_size(); ++i) {
    const VolumeEntry& volume = manifest.volumes(i);
    uint64_t end = 0;
    for (const RegionEntry& region : volume.structures()) {
      if (region.offset() < end || region.offset() > volume.size() ||
          region.length() > volume.size() - region.offset() || region.sha256().size() != kDigestSize) {
        return Inconsistent(absl::StrCat("structure \"", region.name(), "\" of volume ", i + 1, " is out of place"));
      }
      end = region.offset() + region.length();
    }
    if (volume.number() != static_cast<uint32_t>(i + 1)) {
      return Inconsistent("volumes must be numbered from 1");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckForm(const MediaForm& form) {
  const bool is_drive = form.format() == USB && (form.sector_size() == 512 || form.sector_size() == 4096);
  return form.format() == ISO || is_drive ? absl::OkStatus() : Inconsistent("there are no volumes of this form");
}

absl::Status ValidateManifest(const Manifest& manifest) {
  if (manifest.media_id().size() != kDigestSize || !MediaKind_IsValid(manifest.media_kind()) ||
      manifest.media_kind() == MEDIA_KIND_UNSPECIFIED) {
    return Inconsistent("the media ID or the kind of media is not valid");
  }
  if (!manifest.recipient().empty() && manifest.recipient().size() != kRecipientSize) {
    return Inconsistent("the recipient has not 32 bytes");
  }
  TSM_RETURN_IF_ERROR(CheckForm(manifest.form()));
  TSM_RETURN_IF_ERROR(CheckVolumes(manifest));
  TSM_RETURN_IF_ERROR(CheckPackages(manifest));
  return CheckFiles(manifest);
}

absl::Status CheckKind(const Manifest& manifest, const Anchors& anchors) {
  if (std::ranges::find(anchors.media_kinds(), manifest.media_kind()) == anchors.media_kinds().end()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the boot image was not made for ", MediaKindText(manifest.media_kind()), " media"));
  }
  return absl::OkStatus();
}

absl::Status CheckTestKeys(const Anchors& anchors) {
  for (const Anchor& anchor : anchors.anchors()) {
    if (!anchors.accept_test_keys() && IsTestKey(KeyOf(anchor))) {
      return absl::PermissionDeniedError("a TEST-ONLY key is among the anchors of a boot image that is not for tests");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Manifest> ParseManifest(std::string_view bytes) {
  if (bytes.size() > kMaxManifestSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("the manifest has ", bytes.size(), " bytes; at most ", kMaxManifestSize, " are allowed"));
  }
  Manifest manifest;
  if (absl::Status status = ParseCanonical(bytes, kManifestContext, &manifest); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("not a media manifest: ", status.message()));
  }
  TSM_RETURN_IF_ERROR(ValidateManifest(manifest));
  return manifest;
}

absl::StatusOr<VerifiedManifest> OpenManifest(std::string_view bytes, absl::Span<const SignifySignature> signatures,
                                              const Anchors& anchors, int64_t now) {
  if (bytes.size() <= kMaxManifestSize) {
    TSM_RETURN_IF_ERROR(CheckTestKeys(anchors));
    TSM_RETURN_IF_ERROR(CheckSignatures(bytes, signatures, anchors, now));
  }
  VerifiedManifest verified;
  TSM_ASSIGN_OR_RETURN(verified.manifest, ParseManifest(bytes));
  TSM_RETURN_IF_ERROR(CheckKind(verified.manifest, anchors));
  verified.digest = Sha256(bytes);
  return verified;
}

absl::StatusOr<Anchors> ReadAnchors(std::string_view bytes) {
  Anchors anchors;
  TSM_RETURN_IF_ERROR(ParseCanonical(bytes, kAnchorsContext, &anchors));
  for (const Anchor& anchor : anchors.anchors()) {
    if (anchor.public_key().size() != std::tuple_size_v<decltype(SignifyPublicKey::key)> ||
        anchor.key_number().size() != std::tuple_size_v<SignifyKeyNumber>) {
      return absl::InvalidArgumentError("an anchor's public key has not 32 bytes, or its key number not 8");
    }
  }
  if (anchors.threshold() == 0) {
    return absl::InvalidArgumentError("the anchors' threshold is 0: nothing would have to be signed");
  }
  return anchors;
}

Anchors AnchorsFor(const SignifyPublicKey& key) {
  Anchors anchors;
  anchors.set_context(std::string(kAnchorsContext));
  Anchor* anchor = anchors.add_anchors();
  anchor->set_public_key(std::string(AsText(key.key)));
  anchor->set_key_number(std::string(AsText(key.key_number)));
  anchor->add_roles(MANIFEST_SIGNER);
  anchors.set_threshold(1);
  for (MediaKind kind : {CAPTURE, BOOTABLE, PRESTAGED, STANDALONE}) {
    anchors.add_media_kinds(kind);
  }
  anchors.set_accept_test_keys(IsTestKey(key));
  return anchors;
}

std::string MediaIdText(const Manifest& manifest) {
  // 128 bits are enough to tell media apart, and the name of the file that boot loaders search fits Joliet's 64
  // characters.
  return ToHex(AsBytes(manifest.media_id()).first(16));
}

std::string_view MediaKindText(MediaKind kind) {
  switch (kind) {
    case CAPTURE:
      return "capture";
    case BOOTABLE:
      return "bootable";
    case PRESTAGED:
      return "prestaged";
    case STANDALONE:
      return "stand-alone";
    default:
      return "unknown";
  }
}

}  // namespace tsmedia
