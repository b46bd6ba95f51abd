// JSON (RFC 8259) for programs that read what a tool says.

#ifndef TSMEDIA_TOOLS_BASE_JSON_WRITER_H_
#define TSMEDIA_TOOLS_BASE_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tsmedia {

// JsonWriter builds one JSON text, indented by two blanks or all on one line. Inside of an object every value, object
// or array begins with its key; inside of an array `key` is empty.
//
//   JsonWriter json;
//   json.BeginObject();
//   json.String("label", "BRANCH01");
//   json.BeginArray("packages"); ... json.EndArray();
//   json.EndObject();
//   std::cout << json.Finish();
class JsonWriter {
 public:
  enum class Layout { kIndented, kOneLine };
  explicit JsonWriter(Layout layout = Layout::kIndented) : layout_(layout) {}

  void BeginObject(std::string_view key = "") { Begin(key, '{'); }
  void EndObject() { End('}'); }
  void BeginArray(std::string_view key = "") { Begin(key, '['); }
  void EndArray() { End(']'); }
  // Bytes that are not valid UTF-8 become U+FFFD.
  void String(std::string_view key, std::string_view value);
  // Numbers beyond 2^53 keep all their digits, as RFC 8259 allows.
  void Number(std::string_view key, uint64_t value);
  void Bool(std::string_view key, bool value);

  // Finish returns the text with a line feed at its end; the object is to be used no more.
  std::string Finish();

 private:
  void Begin(std::string_view key, char bracket);
  void End(char bracket);
  void BeginValue(std::string_view key);
  void NewLine();

  Layout layout_;
  std::string text_;
  int depth_ = 0;
  bool first_ = true;  // nothing was written at this depth yet
};

}  // namespace tsmedia

#endif  // TSMEDIA_TOOLS_BASE_JSON_WRITER_H_
