# SPDX-License-Identifier: Apache-2.0
# Every test is a ctest test named <label>.<part>.<case-group>; the label says what it needs:
#   unit     nothing: no root, no network, well under a second each
#   interop  other people's tools from the tools tree
#   fuzz     time (ASTERISM_FUZZ_SECONDS a target, default 60)
#   vm       QEMU and a software TPM

# What ships is compared and booted; unit tests and replays of fuzzing seeds run with sanitizers, and are compiled without
# them only on request (cmake --build build/cpp-release --target unit.common.json).
function(asterism_sanitized_only target)
  if(NOT ASTERISM_SANITIZE AND NOT ASTERISM_COVERAGE AND NOT ASTERISM_FUZZING)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
endfunction()

set(ASTERISM_FUZZ_DRIVER ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)

# Names the test and gives it a scratch folder of its own, which is empty at configure time.
function(asterism_register_test label name)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "TIMEOUT" "COMMAND;ENVIRONMENT")
  set(scratch ${PROJECT_BINARY_DIR}/scratch/${label}.${name})
  file(MAKE_DIRECTORY ${scratch})
  add_test(NAME ${label}.${name} COMMAND ${arg_COMMAND} WORKING_DIRECTORY ${scratch})
  set_tests_properties(${label}.${name} PROPERTIES
    LABELS ${label} TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "ASTERISM_SOURCE_DIR=${PROJECT_SOURCE_DIR};ASTERISM_BIN_DIR=${ASTERISM_BIN_DIR};${arg_ENVIRONMENT}")
endfunction()

# asterism_unit_test(<part>.<case-group> SOURCES <file>... [LIBRARIES <library>...])
#
# One Boost.Test program. Tests find their data below ASTERISM_SOURCE_DIR.
function(asterism_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  find_package(Boost REQUIRED COMPONENTS unit_test_framework)
  set(target unit.${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE asterism::options Boost::unit_test_framework ${arg_LIBRARIES})
  target_compile_definitions(${target} PRIVATE
    BOOST_TEST_DYN_LINK BOOST_TEST_MODULE=${target} ASTERISM_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  asterism_sanitized_only(${target})
  asterism_register_test(unit ${name} TIMEOUT 60 COMMAND ${target})
endfunction()

# asterism_interop_test(<part>.<case-group> SCRIPT <file> [ARGUMENTS <word>...] [TIMEOUT <seconds>])
#
# A shell or Python script, run in its scratch folder; programs are found in $ASTERISM_BIN_DIR.
function(asterism_interop_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SCRIPT;TIMEOUT" "ARGUMENTS")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  get_filename_component(script ${arg_SCRIPT} ABSOLUTE)
  set(interpreter /usr/bin/bash)
  if(script MATCHES "\\.py$")
    set(interpreter /usr/bin/python3 -B)
  endif()
  asterism_register_test(interop ${name} TIMEOUT ${arg_TIMEOUT} COMMAND ${interpreter} ${script} ${arg_ARGUMENTS})
endfunction()

# asterism_fuzzer(<part>.<target> SOURCES <file>... [LIBRARIES <library>...] [SEEDS <script>] [DICT <file>]
#                                [MAX_BYTES <longest input to make>])
#
# SEEDS is a Python script that writes the seed corpus into the folder that is its only argument. With
# ASTERISM_FUZZING the target is a libFuzzer program that runs ASTERISM_FUZZ_SECONDS; without, the same harness replays
# the seeds once, so that each compiler and sanitizer sees them.
function(asterism_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SEEDS;DICT;MAX_BYTES" "SOURCES;LIBRARIES")
  if(NOT arg_MAX_BYTES)
    set(arg_MAX_BYTES 262144)
  endif()
  set(target fuzz.${name})
  add_executable(${target} ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE asterism::options ${arg_LIBRARIES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  asterism_sanitized_only(${target})
  if(ASTERISM_FUZZING)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    set(mode fuzz)
  else()
    target_sources(${target} PRIVATE ${ASTERISM_FUZZ_DRIVER})
    set(mode replay)
  endif()
  set(words ${PROJECT_SOURCE_DIR}/tests/fuzz/run.sh ${mode} $<TARGET_FILE:${target}>)
  foreach(extra SEEDS DICT)
    if(arg_${extra})
      get_filename_component(path ${arg_${extra}} ABSOLUTE)
      list(APPEND words ${path})
    else()
      list(APPEND words -)
    endif()
  endforeach()
  asterism_register_test(fuzz ${name} TIMEOUT 7200 COMMAND /usr/bin/bash ${words} ${arg_MAX_BYTES})
endfunction()
