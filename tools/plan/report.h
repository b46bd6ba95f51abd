// What lies where on the volumes of a plan, told to people and to programs.

#ifndef TSMEDIA_TOOLS_PLAN_REPORT_H_
#define TSMEDIA_TOOLS_PLAN_REPORT_H_

#include <string>

#include "tools/plan/plan.pb.h"

namespace tsmedia {

// TextReport returns lines for people: for each volume its size, what is free, and every file with offset and bytes.
std::string TextReport(const MediaPlan& plan);

// JsonReport returns the same as JSON: an object with `label`, `media_id` and `volumes`, each of which has `number`,
// `file` (of a set), `size`, `used`, `free` and `files` with `path`, `offset`, `size` and, of a package's segment,
// `package`, `version`, `first_block` and `block_count`. All numbers are bytes or blocks of 4 MiB.
std::string JsonReport(const MediaPlan& plan);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_REPORT_H_
