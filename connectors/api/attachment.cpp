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

// One block, or each of several.
std::vector<const Node*> blocks_of(const Stream& stream)
{
  const Node* given = stream.pull.is_map() ? stream.pull.find("attachment") : nullptr;
  std::vector<const Node*> blocks;
  if (given && given->is_map()) blocks.push_back(given);
  if (given && given->is_list())
    for (const Node& item : given->items)
      if (item.is_map()) blocks.push_back(&item);
  return blocks;
}

Attachment read(const Node& block)
{
  Attachment made;
  made.field = text_of(block, "field");
  made.digest = text_of(block, "digest");
  made.type = text_of(block, "type");
  made.url = text_of(block, "url");
  made.answer = text_of(block, "answer") == "true";
  made.asked = block.find("request") != nullptr;
  made.max = schema::read_size(text_of(block, "max")).value_or(made.max);
  if (const Node* hosts = block.find("hosts"))
    for (const Node& host : hosts->items)
      made.hosts.push_back(host.scalar);
  return made;
}

void check_block(const Stream& stream, const Node& block, NodeReader& reader)
{
  reader.only(block, {"field", "answer", "url", "request", "hosts", "digest", "type", "max"},
              "'attachment'");
  reader.flag(block, "answer");
  const auto made = read(block);
  if (made.field.empty() || made.type.empty())
    reader.wrong(block.place, "'attachment' must say where it stands and of what type it is",
                 "{ field: /content, type: application/pdf }");
  if (block.find("max") && !schema::read_size(text_of(block, "max")))
    reader.wrong(block.find("max")->place, "'max' must be a size", "10MiB");
  if (made.answer + made.asked + !made.url.empty() > 1)
    reader.wrong(block.place, "a document is the answer, or has an address, or is asked for",
                 "one of 'answer', 'url' and 'request'");
  if (block.find("hosts") && made.url.empty())
    reader.wrong(block.find("hosts")->place, "'hosts' are of addresses that records name",
                 "url: /contentUrl");
  if (is_pushed(stream, made.field))
    reader.wrong(
        block.place,
        fmt::format("what stands at {} is an attachment, and would be written", made.field),
        "pull_only: true at its field");
  if (made.answer && stream.push.is_map())
    reader.wrong(block.place, "a record that is a whole answer cannot be written", "no 'push'");
}

} // namespace

std::vector<Attachment> attachments_of(const Stream& stream)
{
  std::vector<Attachment> all;
  for (const Node* block : blocks_of(stream))
    all.push_back(read(*block));
  return all;
}

void check_attachments(const Stream& stream, NodeReader& reader)
{
  const Node* given = stream.pull.is_map() ? stream.pull.find("attachment") : nullptr;
  if (!given) return;
  const auto blocks = blocks_of(stream);
  if (blocks.empty() || (given->is_list() && blocks.size() != given->items.size()))
    reader.wrong(given->place, "'attachment' is a block of keys, or a list of such",
                 "{ field: /content, type: application/pdf }");
  for (const Node* block : blocks)
    check_block(stream, *block, reader);
}

void refuse_fetched(const std::vector<Stream>& streams, NodeReader& reader)
{
  for (const auto& stream : streams)
    for (const auto& one : attachments_of(stream))
      if (one.is_fetched())
        reader.wrong(
            stream.pull.find("attachment")->place,
            fmt::format("stream '{}': only over HTTP can a document be asked for", stream.name),
            "the document in the record, as base64");
}

} // namespace gramsetu::connectors
