// Propagation of absl::Status without exceptions.
//
//   TSM_RETURN_IF_ERROR(sink.Append(bytes));
//   TSM_ASSIGN_OR_RETURN(FileSource source, FileSource::Open(path));
//
// These two are the project's only macros.

#ifndef TSMEDIA_TOOLS_BASE_STATUS_MACROS_H_
#define TSMEDIA_TOOLS_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function with the status of `expr` unless it is OK.
#define TSM_RETURN_IF_ERROR(expr)                             \
  do {                                                        \
    if (absl::Status tsm_status = (expr); !tsm_status.ok()) { \
      return tsm_status;                                      \
    }                                                         \
  } while (false)

// Evaluates `rexpr` (an absl::StatusOr), returns its status on error, else moves its value into `lhs`.
#define TSM_ASSIGN_OR_RETURN(lhs, rexpr) TSM_ASSIGN_OR_RETURN_IMPL_(TSM_CONCAT_(tsm_status_or_, __LINE__), lhs, rexpr)

#define TSM_ASSIGN_OR_RETURN_IMPL_(statusor, lhs, rexpr) \
  auto statusor = (rexpr);                               \
  if (!statusor.ok()) {                                  \
    return std::move(statusor).status();                 \
  }                                                      \
  lhs = *std::move(statusor)

#define TSM_CONCAT_(a, b) TSM_CONCAT_INNER_(a, b)
#define TSM_CONCAT_INNER_(a, b) a##b

#endif  // TSMEDIA_TOOLS_BASE_STATUS_MACROS_H_
