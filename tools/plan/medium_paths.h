// Paths of a medium, without a leading slash. rules/docs/medium_format.md shows the whole tree.

#ifndef TSMEDIA_TOOLS_PLAN_MEDIUM_PATHS_H_
#define TSMEDIA_TOOLS_PLAN_MEDIUM_PATHS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tsmedia {

inline constexpr std::string_view kManifestPath = "tsmedia/manifest.binpb";
inline constexpr std::string_view kSignaturePath = "tsmedia/manifest.binpb.sig";
inline constexpr std::string_view kVolumePath = "tsmedia/volume.binpb";
inline constexpr std::string_view kInventoryPath = "tsmedia/inventory.binpb";
inline constexpr std::string_view kVariablesPath = "tsmedia/variables.binpb";
inline constexpr std::string_view kSequencePath = "tsmedia/sequence.binpb";
// Of protected media: the identity, protected by the password; the three objects above, sealed, have this ending.
inline constexpr std::string_view kIdentityPath = "tsmedia/identity.age";
inline constexpr std::string_view kSealedEnding = ".age";
inline constexpr std::string_view kLabelPath = "MediaLabel.txt";
inline constexpr std::string_view kGrubConfigPath = "boot/grub/grub.cfg";
inline constexpr std::string_view kIdDirectory = "tsmedia/id";
inline constexpr std::string_view kPackagesDirectory = "tsmedia/packages";

// IdPath returns the file by which boot loaders find exactly this volume of this medium.
inline std::string IdPath(std::string_view media_id_text, uint32_t volume) {
  return absl::StrCat(kIdDirectory, "/", media_id_text, "-", volume);
}

// VolumeEnding returns what tells the volumes of a set apart in labels and file names: "_1of3"; "" for a single one.
inline std::string VolumeEnding(uint32_t number, uint32_t count) {
  return count == 1 ? "" : absl::StrCat("_", number, "of", count);
}

// VolumeFileName returns the name of the file with the image of a volume of a set: "BRANCH01_1of3.iso". What is neither
// a letter nor a digit of ASCII, nor one of - . _ in the label, is '_' there.
inline std::string VolumeFileName(std::string_view label, uint32_t number, uint32_t count) {
  std::string name(label);
  for (char& c : name) {
    const bool is_kept = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
    c = is_kept ? c : '_';
  }
  return absl::StrCat(name, "_", number, "of", count, ".iso");
}

// SegmentPath returns the file of segment `number`. Five digits: a terabyte on CDs must be nameable.
inline std::string SegmentPath(std::string_view package_id, std::string_view version, uint32_t number) {
  return absl::StrFormat("%s/%s/%s/payload.%05d", kPackagesDirectory, package_id, version, number);
}

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_MEDIUM_PATHS_H_
