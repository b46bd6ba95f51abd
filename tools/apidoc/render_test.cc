#include "tools/apidoc/render.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tsmedia::apidoc {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ModuleInfo Module() {
  ModuleInfo module;
  module.set_file("//rules:defs.bzl");
  module.set_module_docstring("About the module.\n\n");
  return module;
}

TEST(RenderModulesTest, BeginsWithHowItIsMade) {
  EXPECT_THAT(RenderModules({}), StartsWith("<!-- Made from the .bzl files; `tools/bazel run //rules/docs:update`"));
  EXPECT_THAT(RenderModules({Module()}), EndsWith("\n## //rules:defs.bzl\n\nAbout the module.\n"));
}

TEST(RenderModulesTest, RendersRules) {
  ModuleInfo module = Module();
  RuleInfo& rule = *module.add_rule_info();
  rule.set_rule_name("media");
  rule.set_doc_string("Makes media.");
  AttributeInfo& format = *rule.add_attribute();
  format.set_name("format");
  format.set_type(STRING);
  format.set_default_value("\"iso\"");
  format.set_doc_string("One of `iso`\n  | `usb`.");
  AttributeInfo& key = *rule.add_attribute();
  key.set_name("key");
  key.set_type(LABEL);
  key.set_mandatory(true);
  EXPECT_THAT(RenderModules({module}), EndsWith("\n### media\n\nMakes media.\n"
                                                "\n| attribute | type | default | meaning |\n|---|---|---|---|\n"
                                                "| `format` | string | `\"iso\"` | One of `iso` \\| `usb`. |\n"
                                                "| `key` | label | mandatory |  |\n"));
}

TEST(RenderModulesTest, RendersFunctionsAndProvidersByName) {
  ModuleInfo module = Module();
  FunctionInfo& function = *module.add_func_info();
  function.set_function_name("register");
  function.set_doc_string("Registers.");
  FunctionInfo& macro = *module.add_func_info();
  macro.set_function_name("content");
  ParameterInfo& parameter = *macro.add_parameter();
  parameter.set_name("kwargs");
  parameter.set_doc_string("Everything else.");
  ProviderInfo& provider = *module.add_provider_info();
  provider.set_provider_name("ContentInfo");
  provider.set_doc_string("Content.");
  ProviderFieldInfo& field = *provider.add_field_info();
  field.set_name("pack");
  field.set_doc_string("File: the pack.");
  EXPECT_THAT(
      RenderModules({module}),
      HasSubstr("\n### ContentInfo\n\nContent.\n\n| field | meaning |\n|---|---|\n| `pack` | File: the pack. |\n"
                "\n### content\n\n| parameter | default | meaning |\n|---|---|---|\n"
                "| `**kwargs` |  | Everything else. |\n"
                "\n### register\n\nRegisters.\n"));
}

}  // namespace
}  // namespace tsmedia::apidoc
