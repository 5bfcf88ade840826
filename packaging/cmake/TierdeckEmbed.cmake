# tierdeck_embed(<target> <file> …)
# Puts files into a static library, each under the name by which the call gives it (relative to the calling folder;
# "schemas/route.json"), to be had from tierdeck::resources::find(). Call it once a target. The assembler takes the
# bytes in as they are, so no tool is needed; a changed file rebuilds the one source that holds them.
function(tierdeck_embed target)
  set(assembly "")
  set(declarations "")
  set(entries "")
  set(paths "")
  set(index 0)
  foreach(name IN LISTS ARGN)
    get_filename_component(path "${name}" ABSOLUTE)
    if(NOT EXISTS "${path}")
      message(FATAL_ERROR "tierdeck_embed: there is no ${path}")
    endif()
    set(symbol "tierdeck_resource_${index}")
    string(APPEND assembly
      "__asm__(\".pushsection .rodata\\n\"\n"
      "        \".global ${symbol}_begin\\n.global ${symbol}_end\\n\"\n"
      "        \"${symbol}_begin:\\n.incbin \\\"${path}\\\"\\n${symbol}_end:\\n.byte 0\\n\"\n"
      "        \".popsection\\n\");\n")
    string(APPEND declarations "extern \"C\" const char ${symbol}_begin[];\nextern \"C\" const char ${symbol}_end[];\n")
    string(APPEND entries "    {\"${name}\", ${symbol}_begin, ${symbol}_end},\n")
    list(APPEND paths "${path}")
    math(EXPR index "${index} + 1")
  endforeach()
  set(generated "${CMAKE_CURRENT_BINARY_DIR}/${target}_embedded.cpp")
  file(CONFIGURE OUTPUT "${generated}" @ONLY CONTENT [=[
#include "resources/embedded.h"

@assembly@
@declarations@
namespace tierdeck::resources {

namespace {
constexpr EmbeddedFile files[] = {
@entries@};
}

std::span<const EmbeddedFile> all() { return files; }

} // namespace tierdeck::resources
]=])
  set_source_files_properties("${generated}" PROPERTIES OBJECT_DEPENDS "${paths}")
  target_sources(${target} PRIVATE "${generated}")
endfunction()
