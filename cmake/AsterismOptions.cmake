# SPDX-License-Identifier: Apache-2.0
# Language level, warnings and hardening: the same for every target.

option(ASTERISM_TESTS "Build the tests" ON)
option(ASTERISM_FUZZING "Build the fuzzers with libFuzzer (clang only)" OFF)
option(ASTERISM_COVERAGE "Instrument for gcovr" OFF)
set(ASTERISM_SANITIZE "" CACHE STRING "Argument of -fsanitize=, empty for none")
set(ASTERISM_BIN_DIR "${PROJECT_BINARY_DIR}/bin" CACHE PATH "Folder that the programs land in")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(asterism_options INTERFACE)
add_library(asterism::options ALIAS asterism_options)
target_include_directories(asterism_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(asterism_options INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  # Folder names must not reach the binary: it has the same bits wherever the checkout lies.
  -ffile-prefix-map=${PROJECT_BINARY_DIR}=build -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
# The edges of the project decide what is thrown: nlohmann parses without exceptions and never converts on its own.
target_compile_definitions(asterism_options INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0)

if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Wrong about every std::optional, variant and expected that GCC 14 inlines far enough; clang's analyzer and UBSan
  # look for the real cases, and -fhardened zeroes what is left.
  target_compile_options(asterism_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(ASTERISM_SANITIZE)
  target_compile_options(asterism_options INTERFACE
    -fsanitize=${ASTERISM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(asterism_options INTERFACE -fsanitize=${ASTERISM_SANITIZE})
endif()
if(ASTERISM_FUZZING)
  target_compile_options(asterism_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ASTERISM_COVERAGE)
  target_compile_options(asterism_options INTERFACE --coverage -fprofile-abs-path)
  target_link_options(asterism_options INTERFACE --coverage)
endif()
