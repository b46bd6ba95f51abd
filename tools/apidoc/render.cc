#include "tools/apidoc/render.h"

#include <map>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace tsmedia::apidoc {
namespace {

constexpr char kHeader[] =
    "<!-- Made from the .bzl files; `tools/bazel run //rules/docs:update` makes it anew. -->\n\n"
    "# API reference\n";

std::string_view TypeName(AttributeType type) {
  switch (type) {
    case NAME:
      return "name";
    case INT:
      return "int";
    case LABEL:
      return "label";
    case STRING:
      return "string";
    case STRING_LIST:
      return "list of strings";
    case INT_LIST:
      return "list of ints";
    case LABEL_LIST:
      return "list of labels";
    case BOOLEAN:
      return "bool";
    case LABEL_STRING_DICT:
      return "dictionary: label -> string";
    case STRING_DICT:
      return "dictionary: string -> string";
    case STRING_LIST_DICT:
      return "dictionary: string -> list of strings";
    case OUTPUT:
      return "output";
    case OUTPUT_LIST:
      return "list of outputs";
    case LABEL_DICT_UNARY:
      return "dictionary: string -> label";
    default:
      return "";
  }
}

// One line that may stand in a table.
std::string Cell(std::string_view text) {
  std::string line;
  for (std::string_view part : absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipWhitespace())) {
    absl::StrAppend(&line, line.empty() ? "" : " ", part);
  }
  return absl::StrReplaceAll(line, {{"|", "\\|"}});
}

std::string Code(std::string_view text) { return text.empty() ? "" : absl::StrCat("`", Cell(text), "`"); }

std::string Block(std::string_view text) {
  const std::string_view stripped = absl::StripAsciiWhitespace(text);
  return stripped.empty() ? "" : absl::StrCat("\n", stripped, "\n");
}

std::string RenderRule(const RuleInfo& rule) {
  std::string text = Block(rule.doc_string());
  absl::StrAppend(&text, "\n| attribute | type | default | meaning |\n|---|---|---|---|\n");
  for (const AttributeInfo& attribute : rule.attribute()) {
    absl::StrAppend(&text, "| `", attribute.name(), "` | ", TypeName(attribute.type()), " | ",
                    attribute.mandatory() ? "mandatory" : Code(attribute.default_value()), " | ",
                    Cell(attribute.doc_string()), " |\n");
  }
  return text;
}

// Bazel 7 does not mark **kwargs; it is what has no default value and need not be given.
std::string_view Stars(const ParameterInfo& parameter) {
  return !parameter.mandatory() && parameter.default_value().empty() ? "**" : "";
}

std::string RenderFunction(const FunctionInfo& function) {
  std::string text = Block(function.doc_string());
  if (function.parameter().empty()) {
    return text;
  }
  absl::StrAppend(&text, "\n| parameter | default | meaning |\n|---|---|---|\n");
  for (const ParameterInfo& parameter : function.parameter()) {
    absl::StrAppend(&text, "| `", Stars(parameter), parameter.name(), "` | ",
                    parameter.mandatory() ? "mandatory" : Code(parameter.default_value()), " | ",
                    Cell(parameter.doc_string()), " |\n");
  }
  return text;
}

std::string RenderProvider(const ProviderInfo& provider) {
  std::string text = Block(provider.doc_string());
  absl::StrAppend(&text, "\n| field | meaning |\n|---|---|\n");
  for (const ProviderFieldInfo& field : provider.field_info()) {
    absl::StrAppend(&text, "| `", field.name(), "` | ", Cell(field.doc_string()), " |\n");
  }
  return text;
}

std::string RenderModule(const ModuleInfo& module) {
  std::map<std::string, std::string> sections;
  for (const RuleInfo& rule : module.rule_info()) {
    sections[rule.rule_name()] = RenderRule(rule);
  }
  for (const RuleInfo& rule : module.repository_rule_info()) {
    sections[rule.rule_name()] = RenderRule(rule);
  }
  for (const FunctionInfo& function : module.func_info()) {
    sections[function.function_name()] = RenderFunction(function);
  }
  for (const ProviderInfo& provider : module.provider_info()) {
    sections[provider.provider_name()] = RenderProvider(provider);
  }
  std::string text = absl::StrCat("\n## ", module.file(), "\n", Block(module.module_docstring()));
  for (const auto& [name, section] : sections) {
    absl::StrAppend(&text, "\n### ", name, "\n", section);
  }
  return text;
}

}  // namespace

std::string RenderModules(const std::vector<ModuleInfo>& modules) {
  std::string text = kHeader;
  for (const ModuleInfo& module : modules) {
    absl::StrAppend(&text, RenderModule(module));
  }
  return text;
}

}  // namespace tsmedia::apidoc
