# Makes the migrations, which people read as SQL files, part of the program: one generated source with
# their texts in version order. Runs when CMake configures, and again when one of the files changes.
function(embed_migrations target)
  set(folder ${PROJECT_SOURCE_DIR}/daemon/store/migrations)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/[0-9][0-9][0-9][0-9]_*.sql)
  list(SORT files)
  set(rows "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} sql)
    string(APPEND rows "    {\"${name}\", R\"gramsetu(${sql})gramsetu\"},\n")
  endforeach()
  set(generated ${PROJECT_BINARY_DIR}/generated/store_migrations.cpp)
  file(CONFIGURE OUTPUT ${generated} @ONLY CONTENT
"// Generated from daemon/store/migrations/*.sql: do not edit.
#include \"daemon/store/sqlite/migrate.hpp\"

namespace gramsetu::store {

std::vector<Migration> migrations()
{
  return {
@rows@  };
}

} // namespace gramsetu::store
")
  target_sources(${target} PRIVATE ${generated})
endfunction()
