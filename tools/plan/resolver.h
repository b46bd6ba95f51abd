// Which packages a medium needs, in which order, and why.

#ifndef TSMEDIA_TOOLS_PLAN_RESOLVER_H_
#define TSMEDIA_TOOLS_PLAN_RESOLVER_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/content/pack.pb.h"

namespace tsmedia {

// A reason to have a package: who wants it ("the task sequence", "content") and its ID.
struct PackageRoot {
  std::string reason;
  std::string package_id;
};

// What the resolver is given. `packages` may hold one package several times; package IDs are compared as they are.
struct ResolverInput {
  std::vector<PackInfo> packages;
  std::map<std::string, std::set<std::string>> dependencies;  // from a package ID to those it needs
  std::vector<PackageRoot> roots;                             // in order of use
};

struct ResolvedPackage {
  PackInfo info;
  // The chain that led here, for example "the task sequence -> LAB00020 -> LAB00021".
  std::string reason;
};

// Resolve returns every package that the roots need, directly or not, each once: dependencies before what depends on
// them, otherwise in the order of `roots` and of package IDs. The result does not depend on the order of `packages`.
// Errors name the chain: a package that is needed and not there, one ID with two versions or two contents, a
// dependency of a package on itself over others. A package that nothing needs is an error too: it would be lost.
absl::StatusOr<std::vector<ResolvedPackage>> Resolve(const ResolverInput& input);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_RESOLVER_H_
