// What a medium's label becomes in each file system that carries it.
//
// The user writes one label (UTF-8). The three volume identifiers allow fewer characters each, so they are mapped; the
// label as it was written is in /MediaLabel.txt and in the manifest. The table is part of the format:
// rules/docs/iso9660_layout.md, section "Label".

#ifndef TSMEDIA_TOOLS_ISO9660_VOLUME_LABEL_H_
#define TSMEDIA_TOOLS_ISO9660_VOLUME_LABEL_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tsmedia {

struct VolumeLabels {
  // Primary volume descriptor: at most 32 d-characters (A-Z 0-9 _, ECMA-119 7.4.1). Letters a-z become A-Z; every other
  // character becomes '_'.
  std::string iso;
  // Joliet: at most 16 UCS-2 units. Control characters, the characters * / : ; ? \ and what is outside of the Basic
  // Multilingual Plane become '_'.
  std::u16string joliet;
  // FAT: at most 11 of A-Z 0-9 _ - and space. Letters a-z become A-Z, every other character becomes '_'; spaces at the
  // end go, and "NO NAME" (which says that there is no label) becomes "NO_NAME".
  std::string fat;
};

// MapVolumeLabel maps `label` followed by `ending`, which tells the volumes of a set apart ("_1of3"). What is too long
// is cut from the label, so that the ending stays; FAT labels, for which there are no sets, don't have it.
// InvalidArgument if the label is empty, not UTF-8, holds control characters, or begins or ends with a space.
absl::StatusOr<VolumeLabels> MapVolumeLabel(std::string_view label, std::string_view ending = "");

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ISO9660_VOLUME_LABEL_H_
