# SPDX-License-Identifier: Apache-2.0

# asterism_embed(<output variable> HEADER <header> FUNCTION <name> NAMESPACE <namespace> ROOT <folder> FILES <file>...)
#
# Makes a source file that defines `Result<std::string_view> <name>(std::string_view)` as <header> declares it: the text
# of each file, found by its path from the root folder. The build files are made anew when one of them changes.
function(asterism_embed output)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADER;FUNCTION;NAMESPACE;ROOT" "FILES")
  set(rows "")
  foreach(file IN LISTS arg_FILES)
    get_filename_component(path ${file} ABSOLUTE)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(RELATIVE_PATH name ${arg_ROOT} ${path})
    file(READ ${path} text)
    string(APPEND rows "    {\"${name}\", R\"asterism(${text})asterism\"},\n")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${arg_FUNCTION}.cpp)
  file(GENERATE OUTPUT ${source} CONTENT "// SPDX-License-Identifier: Apache-2.0
// Made by cmake/AsterismEmbed.cmake.
#include \"${arg_HEADER}\"

#include \"common/bytes.hpp\"

namespace ${arg_NAMESPACE} {
namespace {

struct File {
  std::string_view name;
  std::string_view text;
};

constexpr File files[] = {
${rows}};

}  // namespace

Result<std::string_view> ${arg_FUNCTION}(std::string_view name) {
  for (const File& file : files) {
    if (file.name == name) return file.text;
  }
  return fail(Errc::not_found, \"no data file '{}'\", printable(name));
}

}  // namespace ${arg_NAMESPACE}
")
  set(${output} ${source} PARENT_SCOPE)
endfunction()
