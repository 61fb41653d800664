# Makes the migrations, which people read as SQL files, part of the program: one generated source an engine
# with their texts in version order. Runs when CMake configures, and again when one of the files changes.
function(embed_migrations target engine folder)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/[0-9][0-9][0-9][0-9]_*.sql)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} sql)
    string(APPEND rows "    {\"${name}\", R\"gramsetu(${sql})gramsetu\"},\n")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/generated/store_migrations_${engine}.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Generated from @folder@/*.sql: do not edit.
#include \"daemon/store/shared/migration.hpp\"

namespace gramsetu::store {

std::vector<Migration> @engine@_migrations()
{
  return {
@rows@  };
}

} // namespace gramsetu::store
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
