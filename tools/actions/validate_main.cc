// validate: the action TsmValidate.

#include "tools/actions/validate_action.h"
#include "tools/base/program.h"

int main(int argc, char** argv) {
  return tsmedia::RunAction(argc, argv, "validate", tsmedia::kValidateHelp, tsmedia::RunValidate);
}
