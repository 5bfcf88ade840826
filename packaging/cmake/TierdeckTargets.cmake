# tierdeck_library(<name> SOURCES … [DEPENDS …] [PRIVATE_DEPENDS …])
# One static library a folder. Headers are named from the project's root: "core/routing/policy.h".
function(tierdeck_library name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE tierdeck_flags ${ARG_PRIVATE_DEPENDS})
endfunction()

# Settings for every target that uses Qt.
function(tierdeck_use_qt target)
  # moc 6.4 cannot read libstdc++'s <compare> unless another of its headers came before.
  set_target_properties(${target} PROPERTIES AUTOMOC ON AUTOMOC_MOC_OPTIONS "--include;string")
  target_compile_definitions(${target} PRIVATE
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_NO_URL_CAST_FROM_STRING
    QT_NO_FOREACH QT_DISABLE_DEPRECATED_BEFORE=0x060400)
endfunction()

# tierdeck_test(<name> SOURCES … DEPENDS … [LABELS …] [GUI])
# One Qt Test program; it runs without a display and with a home of its own.
function(tierdeck_test name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "GUI" "" "SOURCES;DEPENDS;LABELS")
  add_executable(${name} ${ARG_SOURCES})
  tierdeck_use_qt(${name})
  target_compile_definitions(${name} PRIVATE
    TIERDECK_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data" TIERDECK_RESOURCES="${CMAKE_SOURCE_DIR}/resources")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE tierdeck_flags Qt6::Test ${ARG_DEPENDS})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES
    LABELS "${ARG_LABELS}"
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;HOME=${CMAKE_BINARY_DIR}/test-home;TIERDECK_WORKSPACE=${CMAKE_BINARY_DIR}/test-home/workspace;LC_ALL=C.UTF-8;TZ=UTC;TSAN_OPTIONS=halt_on_error=1 suppressions=${CMAKE_SOURCE_DIR}/tests/support/tsan.suppressions")
endfunction()
