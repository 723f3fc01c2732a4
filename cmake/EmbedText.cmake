# Makes a text file a string in the program: rhumb_embed_text(<target> <file> <namespace> <name>)
# gives <folder>/<file>.hpp with `inline constexpr char name[]`.

function(rhumb_embed_text target file name)
  file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} content)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/${file})
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${folder}/${file}.hpp
    CONTENT "#pragma once\ninline constexpr char ${name}[] = R\"~~~(@content@)~~~\";\n" @ONLY)
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
endfunction()
