// What a medium brings to a run of its task sequence, taken from the files that were read from it.

#ifndef TSMEDIA_TOOLS_ENGINE_RUN_INPUTS_H_
#define TSMEDIA_TOOLS_ENGINE_RUN_INPUTS_H_

#include "absl/status/statusor.h"
#include "tools/engine/applications.h"
#include "tools/engine/variable_store.h"
#include "tools/plan/manifest.pb.h"
#include "tools/plan/media.pb.h"

namespace tsmedia {

// ApplicationsOf returns the applications among the packages of a medium.
Applications ApplicationsOf(const Inventory& inventory);

// VariablesOf returns the media variables. InvalidArgument for one that no definition can have.
absl::StatusOr<VariableStore> VariablesOf(const MediaVariables& variables);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_ENGINE_RUN_INPUTS_H_
