// A hub's folder with its file, and the real gramsetu on it.
#pragma once

#include "tests/support/temp_dir.hpp"
#include "tests/system/district.hpp"
#include "tests/system/process.hpp"

#include <memory>
#include <string>
#include <vector>

namespace gramsetu::test {

// What a command came to.
struct Ran {
  int code = -1; // -1: a signal ended it, or it did not end
  std::string out, err;

  schema::Value json() const { return json_of(out); }
};

class Hub {
public:
  using Words = std::vector<std::string>;

  std::string path(const std::string& name) const { return folder_.file(name); }
  const TempDir& folder() const { return folder_; }

  // The file: hub, store, endpoints of `district` with their secrets, the Unix socket, and what is given.
  void configure(const District& district, const std::string& rest);
  // The file as it stands.
  void write_config(const std::string& text) { folder_.write("gramsetu.yaml", text); }
  std::string config() const { return folder_.read("gramsetu.yaml"); }

  // Runs a command to its end. "-c FILE" is added.
  Ran run(Words words, const std::string& input = "");
  // The same with --json; its answer, after the exit code was `code`.
  schema::Value ask(Words words, int code = 0);
  // Starts one that goes on.
  std::unique_ptr<Process> start(Words words, std::map<std::string, std::string> environment = {});
  std::unique_ptr<Process> start_on_terminal(Words words, unsigned short columns = 0);
  // `gramsetu run`, once its socket answers.
  std::unique_ptr<Process> serve(std::map<std::string, std::string> environment = {});

private:
  Start command(Words words) const;

  TempDir folder_;
  int started_ = 0;
};

// A command as it would be typed, for messages.
std::string line_of(const Hub::Words& words);

// The run of a flow among the runs that sync, plan or verify answer with.
schema::Value run_of(const schema::Value& answer, const std::string& flow);

} // namespace gramsetu::test
