// What can go wrong, and how a function says so.
#pragma once

#include <tl/expected.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gramsetu {

// A closed list, because what to do about an error is a `switch` over its kind.
enum class ErrorKind {
  transient,    // try again with backoff: timeout, reset, 5xx
  throttled,    // try again after `retry_after`
  unauthorized, // stop this flow and tell the operator
  precondition, // the other side moved first: pull again, decide again
  invalid,      // this input is bad: quarantine it, or refuse the command
  not_found,    // there is no such thing
  unsupported,  // the connector cannot do that
  corrupt,      // our own state cannot be trusted: end the process, recovery decides
  cancelled,    // stop was requested
};

std::string_view name_of(ErrorKind kind);

struct Error {
  ErrorKind kind;
  std::string what; // outermost context first, no secrets, no full stop
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
};

// A class, not an alias, so that ignoring any result is a warning everywhere.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(ErrorKind kind, std::string what)
{
  return tl::unexpected<Error>(Error{kind, std::move(what), std::nullopt});
}

// The same error, one level further out: "push: flow voucher@central: http 409".
inline tl::unexpected<Error> within(std::string_view context, Error error)
{
  error.what = std::string(context) + ": " + error.what;
  return tl::unexpected<Error>(std::move(error));
}

} // namespace gramsetu

// The only two macros of the project. TRY(const Page page, pull(...)); leaves the
// function with the error, or declares the value; TRY_VOID is for Result<void>. The counter keeps
// names apart where one stands inside a lambda that is an argument of another.
#define GRAMSETU_JOIN_(a, b) a##b
#define GRAMSETU_JOIN(a, b) GRAMSETU_JOIN_(a, b)
#define GRAMSETU_TRY(result, declaration, ...)                                                     \
  auto result = (__VA_ARGS__);                                                                     \
  if (!result) return ::tl::unexpected<::gramsetu::Error>(std::move(result.error()));              \
  declaration = std::move(*result)
#define GRAMSETU_TRY_VOID(result, ...)                                                             \
  do {                                                                                             \
    if (auto result = (__VA_ARGS__); !result)                                                      \
      return ::tl::unexpected<::gramsetu::Error>(std::move(result.error()));                       \
  } while (false)
#define TRY(declaration, ...)                                                                      \
  GRAMSETU_TRY(GRAMSETU_JOIN(try_, __COUNTER__), declaration, __VA_ARGS__)
#define TRY_VOID(...) GRAMSETU_TRY_VOID(GRAMSETU_JOIN(try_, __COUNTER__), __VA_ARGS__)
