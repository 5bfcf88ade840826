# What a build may choose. Everything else is decided here once, for every target.
option(TIERDECK_TESTS "Build the tests" ON)
option(TIERDECK_BENCH "Build the benchmarks" OFF)
option(TIERDECK_UI "Build the desktop app (off for sanitizer builds of core)" ON)
option(TIERDECK_FUZZ "Build the fuzzers (needs clang 16 or later)" OFF)
set(TIERDECK_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_FLAGS_DEV "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Dev)
endif()

find_program(TIERDECK_CCACHE ccache)
if(TIERDECK_CCACHE)
  # So that what is compiled alike in two build folders, or two clones, is compiled once.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${TIERDECK_CCACHE}")
endif()

add_library(tierdeck_flags INTERFACE)
target_compile_options(tierdeck_flags INTERFACE -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Werror)
if(TIERDECK_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# The options of the tests themselves: what is tested is instrumented, they are not, and are compiled as in the dev
# build. ThreadSanitizer must see both sides of every access.
get_directory_property(TIERDECK_TEST_OPTIONS COMPILE_OPTIONS)
if(TIERDECK_SANITIZE)
  add_compile_options(-fsanitize=${TIERDECK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TIERDECK_SANITIZE})
  if(TIERDECK_SANITIZE MATCHES "undefined")
    # These four double the time to compile coroutines and find what ASan finds anyway.
    add_compile_options(-fno-sanitize=null,alignment,vptr,object-size)
  endif()
  if(TIERDECK_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan) # GCC 12 warns at Asio's fence
  endif()
endif()
if(TIERDECK_SANITIZE MATCHES "thread")
  get_directory_property(TIERDECK_TEST_OPTIONS COMPILE_OPTIONS)
endif()
