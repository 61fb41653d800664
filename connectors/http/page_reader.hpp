// The body of one answer as a page of records.
#pragma once

#include "connectors/http/plan.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gramsetu::connectors::http {

// Fills `page` and `sheet`; all that it is given outlives it.
class PageReader {
public:
  PageReader(const PullPlan& plan, const PullRequest& request, Page& page, Sheet& sheet)
      : plan_(plan), request_(request), page_(page), sheet_(sheet)
  {
  }

  // What every record is given besides what it says (the district that was asked for, say), and what
  // it must say to be one that was asked for.
  Result<void> prepare(const Values& values);

  // An error when the answer is no page at all; a body that cannot be read makes a damaged page. Where the sheet is
  // known before the records are read, `known` is called then.
  Result<void> read(const Request& asked, const Response& response,
                    const std::function<void()>& known);

private:
  Result<void> read_json(const Request& asked, const Response& response,
                         const std::function<void()>& known);
  Result<void> read_records(const Request& asked, const Response& response);
  Result<void> take(schema::Value value);
  bool is_wanted(const schema::Value& value) const;
  void keep(schema::Value value, std::string fingerprint);
  void raise(const RemoteRecord& record);
  void raise_to(std::string_view cursor);
  Result<bool> read_pieces(const Request& asked, const Response& response,
                           const std::function<void()>& known);
  void set_aside(BadPiece piece);
  void set_aside_whole(const Response& response, const Error& error);
  Result<void> unreadable(const Request& asked, const Response& response, const Error& error);
  Result<void> attach(const Request& asked, const Response& response);
  Result<void> read_envelope(const Request& asked, const schema::Value& rest);

  const PullPlan& plan_;
  const PullRequest& request_;
  Page& page_;
  Sheet& sheet_;
  std::vector<std::pair<std::string, schema::Value>> added_;
  std::vector<std::pair<std::string, std::string>> wanted_;
  std::optional<Instant> newest_; // of the records: written out once, for the cursor
  std::string newest_text_;       // the newest of those that were left out
  bool disguised_ = false;
};

} // namespace gramsetu::connectors::http
