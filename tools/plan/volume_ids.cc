#include "tools/plan/volume_ids.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "tools/base/bytes.h"
#include "tools/plan/definition.h"

namespace tsmedia {

Sha256Digest VolumeIds::Derive(std::string_view what) const {
  return Sha256(absl::StrCat("tsmedia/volume-id/v1/", what, "/", volume_, "/", DigestText(media_id_)));
}

Guid VolumeIds::GuidOf(std::string_view what) const {
  const Sha256Digest digest = Derive(what);
  std::array<uint8_t, 16> bytes;
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  return DerivedGuid(bytes);
}

uint32_t VolumeIds::SerialOf(std::string_view what) const { return LoadBig<uint32_t>(Derive(what).data()); }

int64_t VolumeIds::Date() const {
  // Hundredths of seconds are not used; a hundred years of seconds are 3.1 * 10^9 values.
  constexpr uint64_t kHundredYears = 3155760000;
  return kDefaultFileTime + static_cast<int64_t>(LoadBig<uint64_t>(Derive("date").data()) % kHundredYears);
}

}  // namespace tsmedia
