// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_file.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/untrusted.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/delta/delta_schema.hpp"

#include <string>
#include <string_view>

namespace rhumb::delta {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

// SQLite's file format, 1.3: the database header, big endian.
constexpr std::size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kPageSizeAt = 16;
constexpr std::size_t kWriteVersionAt = 18;
constexpr std::size_t kReadVersionAt = 19;
constexpr std::size_t kReservedAt = 20;
constexpr std::size_t kPagesAt = 28;
constexpr std::size_t kFreePagesAt = 36;
constexpr std::size_t kVacuumRootAt = 52;
constexpr std::size_t kEncodingAt = 56;
constexpr std::size_t kUserVersionAt = 60;
constexpr std::size_t kApplicationIdAt = 68;
constexpr std::uint64_t kPageBytes = 4096;
constexpr std::uint32_t kUtf8 = 1;

[[noreturn]] void refuse(const std::string& name, const std::string& why,
                         Status status = Status::CorruptData) {
    throw Error(status, name + " " + why);
}

class HeaderBytes {
public:
    explicit HeaderBytes(std::string_view bytes) : bytes_(bytes) {}
    std::uint32_t byte(std::size_t at) const { return static_cast<unsigned char>(bytes_[at]); }
    std::uint32_t u16(std::size_t at) const { return byte(at) << 8 | byte(at + 1); }
    std::uint32_t u32(std::size_t at) const { return u16(at) << 16 | u16(at + 2); }

private:
    std::string_view bytes_;
};

std::string first_bytes(const std::filesystem::path& path) {
    std::string bytes;
    read_pieces(path, [&](std::string_view piece) {
        bytes += piece.substr(0, kHeaderBytes - bytes.size());
        return bytes.size() < kHeaderBytes;
    });
    return bytes;
}

}  // namespace

void check_kind(const std::filesystem::path& path, const std::string& name) {
    std::error_code failure;
    const auto status = std::filesystem::symlink_status(path, failure);
    switch (status.type()) {
        case std::filesystem::file_type::regular:
            return;
        case std::filesystem::file_type::not_found:
            refuse(name, "is not there", Status::NotFound);
        case std::filesystem::file_type::symlink:
            refuse(name, "is a link, not a delta", Status::InvalidArgument);
        case std::filesystem::file_type::directory:
            refuse(name, "is a folder, not a delta", Status::InvalidArgument);
        default:
            refuse(name, "is no ordinary file", Status::InvalidArgument);
    }
}

void check_file(const std::filesystem::path& path, const std::string& name) {
    check_kind(path, name);
    const std::string bytes = first_bytes(path);
    if (bytes.empty()) refuse(name, "is empty, no delta");
    if (bytes.size() < kHeaderBytes || bytes.compare(0, kMagic.size(), kMagic) != 0) {
        refuse(name, "is no SQLite file, so no delta");
    }
    const HeaderBytes header(bytes);
    if (header.u32(kApplicationIdAt) != kApplicationId) refuse(name, "is no delta");
    if (header.u32(kUserVersionAt) != kFormat) {
        refuse(name,
               "is a delta of format " + std::to_string(header.u32(kUserVersionAt)) +
                   "; this program reads format " + std::to_string(kFormat),
               Status::Unsupported);
    }
    if (header.u32(kEncodingAt) != kUtf8) refuse(name, "is a delta whose text is not UTF-8");
    const bool as_written = header.u16(kPageSizeAt) == kPageBytes &&
                            header.byte(kWriteVersionAt) == 1 && header.byte(kReadVersionAt) == 1 &&
                            header.byte(kReservedAt) == 0 && header.u32(kFreePagesAt) == 0 &&
                            header.u32(kVacuumRootAt) == 0;
    if (!as_written) refuse(name, "is not written as a delta is");
    const std::uint64_t size = rhumb::file_size(path);
    const std::uint64_t said = header.u32(kPagesAt) * kPageBytes;
    if (size != said) {
        refuse(name, "has " + std::to_string(size) + " bytes, its header says " +
                         std::to_string(said) + ": it was cut off or changed");
    }
}

Database open_checked(const std::filesystem::path& path, const std::string& name) {
    check_file(path, name);
    Database database = Database::open_untrusted(path);
    std::string verdict;
    try {
        // Reads the schema, within bounds; what follows walks each page once.
        database.int64_of("SELECT count(*) FROM sqlite_schema");
        geodb::sqlite::unbound_steps(database.handle());
        verdict = database.text_of("PRAGMA quick_check(1)").value_or("no answer");
    } catch (const Error& error) {
        const bool of_machine = error.status() == Status::Io || error.status() == Status::Internal;
        if (of_machine) throw;
        verdict = error.message();
    }
    if (verdict != "ok") refuse(name, "is damaged: " + excerpt(verdict, 200));
    return database;
}

}  // namespace rhumb::delta
