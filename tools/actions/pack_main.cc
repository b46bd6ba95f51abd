// pack: the action TsmPack.

#include "tools/actions/pack_action.h"
#include "tools/base/program.h"

int main(int argc, char** argv) {
  return tsmedia::RunProgram(argc, argv, "pack", tsmedia::kPackHelp, tsmedia::RunPack);
}
