#include "tools/engine/result_code.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tsmedia {
namespace {

// Windows error codes, as the reference's error pages show them (0x8007xxxx: Win32 error xxxx).
uint32_t Code(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kNotFound:
      return 0x80070490;  // ERROR_NOT_FOUND: element not found
    case absl::StatusCode::kDataLoss:
      return 0x80091007;  // CRYPT_E_HASH_VALUE: the content's hash is wrong
    case absl::StatusCode::kDeadlineExceeded:
      return 0x800705b4;  // ERROR_TIMEOUT
    case absl::StatusCode::kResourceExhausted:
      return 0x80070070;  // ERROR_DISK_FULL
    case absl::StatusCode::kInvalidArgument:
      return 0x80070057;  // ERROR_INVALID_PARAMETER
    case absl::StatusCode::kPermissionDenied:
      return 0x80070005;  // ERROR_ACCESS_DENIED
    case absl::StatusCode::kAborted:
      return 0x800704c7;  // ERROR_CANCELLED
    default:
      return 0x80004005;  // E_FAIL
  }
}

}  // namespace

int32_t ResultCode(const absl::Status& status) { return static_cast<int32_t>(Code(status.code())); }

std::string ResultCodeText(int32_t code) {
  return code < 0 ? absl::StrFormat("0x%08X", static_cast<uint32_t>(code)) : absl::StrCat(code);
}

}  // namespace tsmedia
