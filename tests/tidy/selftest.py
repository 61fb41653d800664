# Planted violations: every rule must see its own, and must leave a proper file alone.
import budgets
import rules
from source import Source

_PROPER = '''// Reads a thing, for the tests of tests.
#include "schema/value.hpp"

#include "base/result.hpp"

#include <fmt/format.h>

#include <string>

namespace gramsetu {

// A double entry is not a double; 1'000 has no character in it.
int answer(int one, std::function<void(int, int)> two)
{
  return one > 0 ? 42 : 0; // float
}

} // namespace gramsetu
'''

# (rule, path, line to plant in a proper file)
_PLANTED = [
    (rules.floors, "schema/x.cpp", '#include "connectors/api/stream.hpp"'),
    (rules.floors, "connectors/http/x.cpp", '#include "connectors/files/csv.hpp"'),
    (rules.floors, "connectors/api/x.cpp", '#include "config/config.hpp"'),
    (rules.floors, "daemon/engine/pull/x.cpp", '#include "config/config.hpp"'),
    (rules.floors, "daemon/store/x.cpp", '#include "schema/value.hpp"'),
    (rules.floors, "daemon/api/x.cpp", '#include "tests/support/bench.hpp"'),
    (rules.floors, "schema/x.cpp", '#include "value.hpp"'),
    (rules.doors, "daemon/api/routes.cpp", "#include <boost/beast/http.hpp>"),
    (rules.doors, "daemon/runtime/loop.cpp", "#include <boost/beast/core.hpp>"),
    (rules.doors, "daemon/runtime/hub.cpp", "#include <boost/asio/post.hpp>"),
    (rules.doors, "daemon/engine/pull/x.cpp", "#include <sqlite3.h>"),
    (rules.doors, "schema/rule.cpp", "#include <yaml-cpp/yaml.h>"),
    (rules.doors, "connectors/files/x.cpp", "#include <curl/curl.h>"),
    (rules.words, "schema/x.cpp", "double amount = 0;"),
    (rules.words, "schema/x.cpp", "const auto amount = std::stod(text);"),
    (rules.words, "daemon/engine/x.cpp", "auto now = std::chrono::system_clock::now();"),
    (rules.words, "daemon/runtime/x.cpp", "co_await later();"),
    (rules.words, "daemon/runtime/x.cpp", "std::this_thread::sleep_for(delay);"),
    (rules.words, "connectors/http/x.cpp", "curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L);"),
    (rules.words, "schema/x.hpp", "using namespace std;"),
    (rules.words, "schema/x.cpp", "#define MAX 3"),
    (rules.words, "schema/x.cpp", "// TODO later"),
    (rules.paths, "docs/x.md", "see /ho" + "me/anna/gramsetu"),
]


def _large():
    parameters = ", ".join(f"int p{i}" for i in range(5))
    body = "  act();\n" * 80
    return f"// A file that is too large in every way.\nvoid f({parameters})\n{{\n{body}}}\n" + \
        "// " + "x" * 130 + "\n" + "int i;\n" * 300


def _rule_failures():
    for rule, path, planted in _PLANTED:
        if not list(rule(Source(path, _PROPER + planted + "\n"))):
            yield f"{rule.__name__} passes '{planted}' in {path}"
        if path.startswith("schema/") and list(rule(Source(path, _PROPER))):
            yield f"{rule.__name__} refuses a proper file: {list(rule(Source(path, _PROPER)))}"
    if not list(rules.first_line(Source("schema/x.cpp", '#include "schema/value.hpp"\n'))):
        yield "first_line passes a file without one"
    if list(rules.first_line(Source("schema/x.cpp", _PROPER))):
        yield "first_line refuses a proper file"
    if list(rules.top_level(["vendor/x.c", "schema/x.cpp"])) == []:
        yield "top_level passes vendor/"
    if not list(rules.links(Source("docs/x.md", "[a](gone.md)"), lambda path: False)):
        yield "links passes one that leads nowhere"


def _budget_failures():
    large = [Source("schema/x.cpp", _large())]
    over, _ = budgets.check(large, {})
    if len(over) != 4:
        yield f"budgets sees {over} in a file that breaks all four"
    exact = {("schema/x.cpp", name): value for name, value, _ in budgets.measure(large[0])}
    if budgets.check(large, exact) != ([], exact):
        yield "budgets refuses what is allowed"
    loose = {key: value + 1 for key, value in exact.items()}
    if budgets.check(large, loose)[1] != exact:
        yield "budgets lets an allowance stay larger than it must be"
    if budgets.check([Source("schema/x.cpp", _PROPER)], {})[0]:
        yield "budgets refuses a proper file"


def failures():
    return list(_rule_failures()) + list(_budget_failures())
