// The program: everything it does is a command.
#include "daemon/commands/commands.hpp"

int main(int argc, char** argv)
{
  return gramsetu::commands::main(argc, argv);
}
