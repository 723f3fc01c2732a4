# One target a folder: rhumb_library(<name> SOURCES ... DEPENDS ... PRIVATE_DEPENDS ...).
#
# PRIVATE_DEPENDS are the outside libraries whose headers stay behind this folder's door.

add_library(rhumb_warnings INTERFACE)
target_compile_options(rhumb_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Wold-style-cast -Wcast-align -Woverloaded-virtual -Werror
  # g++ 12 sees overlapping copies in "'" + string at -O2 where there are none (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

function(rhumb_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  add_library(${name} STATIC ${arg_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${arg_DEPENDS}
    PRIVATE $<BUILD_INTERFACE:rhumb_warnings> ${arg_PRIVATE_DEPENDS})
endfunction()

function(rhumb_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE rhumb_warnings ${arg_DEPENDS})
endfunction()
