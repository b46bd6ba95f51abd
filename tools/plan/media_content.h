// What a medium brings to the target besides what boots it: packages, and the three objects that say what to do with
// them.

#ifndef TSMEDIA_TOOLS_PLAN_MEDIA_CONTENT_H_
#define TSMEDIA_TOOLS_PLAN_MEDIA_CONTENT_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/plan/definition.h"
#include "tools/plan/resolver.h"
#include "tools/seal/derivation.h"

namespace tsmedia {

struct MediaContent {
  MediaDefinition definition;
  std::vector<ResolvedPackage> packages;                      // in the order in which they lie on the medium
  std::map<std::string, std::set<std::string>> dependencies;  // as given to the resolver, for the inventory
  std::map<std::string, std::string> install_commands;        // of applications, by package ID
  std::string sequence;                                       // binary task sequence
};

// PackagesById returns `packages` in the order in which manifest and inventory list them.
std::vector<const ResolvedPackage*> PackagesById(const std::vector<ResolvedPackage>& packages);

// VariablesObject returns the bytes of the media variables (MediaVariables in media.proto). Those named in `hidden` are
// secrets.
using VariableNames = std::set<std::string, VariableNameLess>;
std::string VariablesObject(const VariableMap& variables, const VariableNames& hidden = {});

// InventoryObject returns the bytes of the inventory (Inventory in manifest.proto).
std::string InventoryObject(const MediaContent& content);

// ScopeOf returns what keeps equal variables, sequences and inventories of two media from becoming equal ciphertexts.
// It is made of what the manifest says in clear.
MediumScope ScopeOf(const MediaContent& content);

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_PLAN_MEDIA_CONTENT_H_
