#include "tools/agent/validity.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace tsmedia {
namespace {

std::string TimeText(int64_t seconds) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
}

}  // namespace

absl::Status CheckValidity(const Manifest& manifest, int64_t now) {
  if (manifest.not_before() != 0 && now < manifest.not_before()) {
    return absl::FailedPreconditionError(absl::StrCat("the clock of this machine is wrong: it says ", TimeText(now),
                                                      ", but the medium is valid from ",
                                                      TimeText(manifest.not_before()), "; set the clock"));
  }
  if (manifest.not_after() != 0 && now > manifest.not_after()) {
    return absl::FailedPreconditionError(absl::StrCat("the medium was valid until ", TimeText(manifest.not_after()),
                                                      " and it is ", TimeText(now), "; use a newer medium"));
  }
  return absl::OkStatus();
}

std::string ValidityText(const Manifest& manifest) {
  std::string text;
  if (manifest.not_before() != 0) {
    absl::StrAppend(&text, "from ", TimeText(manifest.not_before()));
  }
  if (manifest.not_after() != 0) {
    absl::StrAppend(&text, text.empty() ? "" : " ", "to ", TimeText(manifest.not_after()));
  }
  return text.empty() ? "without limit" : text;
}

}  // namespace tsmedia
