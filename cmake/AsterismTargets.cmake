# SPDX-License-Identifier: Apache-2.0

# asterism_library(<name> SOURCES <file>... [PUBLIC <library>...] [PRIVATE <library>...])
#
# A library asterism_<name> (static unless BUILD_SHARED_LIBS), used as asterism::<name>. Headers lie beside the sources and are included from the
# root of src/ ("<module>/<header>.hpp"). Vendor libraries belong to PRIVATE.
function(asterism_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE")
  set(target asterism_${name})
  add_library(${target} ${arg_SOURCES})
  add_library(asterism::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC asterism::options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# asterism_program(<name> SOURCES <file>... [LIBRARIES <library>...])
#
# A program that lands in ASTERISM_BIN_DIR under its own name. It knows the version as ASTERISM_VERSION.
function(asterism_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE asterism::options ${arg_LIBRARIES})
  target_compile_definitions(${name} PRIVATE ASTERISM_VERSION="${asterism_version}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${ASTERISM_BIN_DIR})
endfunction()
