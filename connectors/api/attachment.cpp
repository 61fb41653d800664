// Reading the block of a stream's attachment.
#include "connectors/api/attachment.hpp"

#include "schema/scalar.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gramsetu::connectors {

using schema::Node;

namespace {

std::string text_of(const Node& block, std::string_view key)
{
  const Node* node = block.find(key);
  return node && node->is_scalar() ? node->scalar : std::string();
}

// A field that would be written back as the description of the document.
bool is_pushed(const Stream& stream, const std::string& pointer)
{
  const auto& pushed = stream.mapping->pushed();
  for (std::size_t field = 0; field < pushed.size(); ++field) {
    const auto pointers = stream.mapping->pointers(field);
    const bool reads = std::find(pointers.begin(), pointers.end(), pointer) != pointers.end();
    if (pushed[field] && reads) return true;
  }
  return false;
}

} // namespace

std::optional<Attachment> attachment_of(const Stream& stream)
{
  const Node* block = stream.pull.is_map() ? stream.pull.find("attachment") : nullptr;
  if (!block || !block->is_map()) return std::nullopt;
  Attachment made{text_of(*block, "field"), text_of(*block, "digest"), text_of(*block, "type")};
  made.answer = text_of(*block, "answer") == "true";
  made.max = schema::read_size(text_of(*block, "max")).value_or(made.max);
  return made;
}

void check_attachment(const Stream& stream, NodeReader& reader)
{
  const Node* block = stream.pull.is_map() ? reader.block(stream.pull, "attachment") : nullptr;
  if (!block) return;
  reader.only(*block, {"field", "answer", "digest", "type", "max"}, "'attachment'");
  reader.flag(*block, "answer");
  const auto made = attachment_of(stream).value_or(Attachment{});
  if (made.field.empty() || made.type.empty())
    reader.wrong(block->place, "'attachment' must say where it stands and of what type it is",
                 "{ field: /content, type: application/pdf }");
  if (block->find("max") && !schema::read_size(text_of(*block, "max")))
    reader.wrong(block->find("max")->place, "'max' must be a size", "10MiB");
  if (is_pushed(stream, made.field))
    reader.wrong(
        block->place,
        fmt::format("what stands at {} is an attachment, and would be written", made.field),
        "pull_only: true at its field");
  if (made.answer && stream.push.is_map())
    reader.wrong(block->place, "a record that is a whole answer cannot be written", "no 'push'");
}

} // namespace gramsetu::connectors
