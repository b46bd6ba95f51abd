// The numbers that steps end with, and that technicians look up.

#ifndef TSMEDIA_TOOLS_ENGINE_RESULT_CODE_H_
#define TSMEDIA_TOOLS_ENGINE_RESULT_CODE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace tsmedia {

// What a command exits with when the machine has to be restarted; also a success.
inline constexpr int32_t kRestartRequired = 3010;

// ResultCode returns 0 for OK, else the number under which the reference product knows this kind of failure, for
// example 0x80091007 for damaged content. `_SMSTSLastActionRetCode` holds it as a signed number.
int32_t ResultCode(const absl::Status& status);

// ResultCodeText returns "0x80070002" for a failure's number, else the decimal number, as exit codes are written.
std::string ResultCodeText(int32_t code);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_RESULT_CODE_H_
