// A folder of XML batches, with whoever takes payments and answers them, as a world of the contract.
#pragma once

#include "tests/contract/connector_contract.hpp"

#include <string>

namespace gramsetu::contract {

// A stream of the manifest `pfms-files`. Its SFTP server is a folder here: the contract over OpenSSH's is
// sftp_test.cpp.
MakeWorld batch_world(const std::string& stream);

} // namespace gramsetu::contract
