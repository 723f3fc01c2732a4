# Outside libraries, all from the distribution's packages. Nothing is downloaded here.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(GEOS REQUIRED)
find_package(PROJ 9 REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Protobuf REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# Debian's RapidJSON config names only its include folder.
add_library(rhumb_rapidjson INTERFACE)
target_include_directories(rhumb_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIRS})

# Asio and Beast are compiled once, in platform/http/asio_impl.cpp.
add_library(rhumb_boost INTERFACE)
target_link_libraries(rhumb_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(rhumb_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
