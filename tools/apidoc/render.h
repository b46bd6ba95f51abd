// The API reference as Markdown.

#ifndef TSMEDIA_TOOLS_APIDOC_RENDER_H_
#define TSMEDIA_TOOLS_APIDOC_RENDER_H_

#include <string>
#include <vector>

#include "tools/apidoc/module_info.pb.h"

namespace tsmedia::apidoc {

// RenderModules returns one section a module, in the order given, with everything in it in alphabetical order.
std::string RenderModules(const std::vector<ModuleInfo>& modules);

}  // namespace tsmedia::apidoc

#endif  // TSMEDIA_TOOLS_APIDOC_RENDER_H_
