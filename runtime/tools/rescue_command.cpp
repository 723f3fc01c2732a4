// SPDX-License-Identifier: Apache-2.0
//
// rhumb rescue: the pending edits of a damaged replica, as far as they can be read, in a GeoPackage
// of their own.
//
// A copy of the damaged file is read, with what SQLite had put beside it: opening a file may write
// to it, and this one is evidence.

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/target_file.hpp"
#include "sync/replica/rescue.hpp"

#include <array>
#include <cstdint>
#include <fstream>
#include <system_error>

namespace rhumb::tool {
namespace {

namespace fs = std::filesystem;
using wire::Json;

using FileHead = std::array<char, 32>;
/// Cut off further, its header is damaged rather.
constexpr std::uint64_t kMostFilled = std::uint64_t{4} << 30;

constexpr const char* kBeside[] = {"", "-wal", "-journal"};

fs::path beside(fs::path path, const char* suffix) {
    path += suffix;
    return path;
}

/// What a file lacks that was cut off: empty pages in its place let SQLite open the others.
void fill_up(const fs::path& file) {
    FileHead head{};
    std::ifstream(file, std::ios::binary).read(head.data(), head.size());
    const auto byte = [&](std::size_t at) {
        return std::uint64_t{static_cast<unsigned char>(head[at])};
    };
    const std::uint64_t told = byte(16) << 8 | byte(17);
    const std::uint64_t page = told == 1 ? 65'536 : told;  // SQLite, database header
    const std::uint64_t pages = byte(28) << 24 | byte(29) << 16 | byte(30) << 8 | byte(31);
    const std::uint64_t whole = page * pages;
    const std::uint64_t here = fs::file_size(file);
    if (whole <= here || whole > here + kMostFilled) return;
    std::error_code failed;
    fs::resize_file(file, whole, failed);  // if not, opening it tells
}

class Copy {
public:
    Copy(const fs::path& damaged, const fs::path& target) : path_(beside(target, ".damaged")) {
        if (!fs::is_regular_file(damaged)) {
            throw Error(Status::NotFound, "there is no file '" + damaged.string() + "'");
        }
        if (fs::exists(path_)) {
            throw Error(Status::AlreadyExists, "'" + path_.string() + "' is in the way");
        }
        for (const char* suffix : kBeside) {
            std::error_code failed;
            if (!fs::exists(beside(damaged, suffix))) continue;
            fs::copy_file(beside(damaged, suffix), beside(path_, suffix), failed);
            if (!failed) continue;
            remove();
            throw Error(Status::Io, "cannot copy '" + beside(damaged, suffix).string() + "' to '" +
                                        beside(path_, suffix).string() + "': " + failed.message());
        }
        fill_up(path_);
    }
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    ~Copy() { remove(); }
    const fs::path& path() const { return path_; }

private:
    void remove() const {
        for (const char* suffix : {"", "-wal", "-journal", "-shm"}) {
            remove_quietly(beside(path_, suffix));
        }
    }
    fs::path path_;
};

sync::Rescued rescue(const RescueArguments& arguments, Session& session) {
    const Copy copy(arguments.damaged, arguments.target);
    auto target = geodb::Geodatabase::create(arguments.target, session.world());
    try {
        auto damaged = geodb::Geodatabase::open(copy.path(), session.world());
        sync::Rescued found = sync::rescue_edits(damaged, target);
        target.hand_over();
        return found;
    } catch (const Error& error) {
        throw error.within("'" + arguments.damaged.string() + "' cannot be rescued");
    }
}

Json texts(const std::vector<std::string>& lines) {
    Json list = Json::Array{};
    for (const std::string& line : lines) list.push(line);
    return list;
}

void report(const RescueArguments& arguments, const sync::Rescued& found) {
    print(counted(found.edits(), "edit") + " of " + arguments.damaged.string() + " in " +
          arguments.target.string());
    Table table;
    for (const sync::RescuedLayer& layer : found.layers) {
        table.add({layer.name + "_pending", counted(layer.inserts, "insert"),
                   counted(layer.updates, "update"), counted(layer.deletes, "delete")});
    }
    table.print();
    if (found.rejected > 0) print("  " + counted(found.rejected, "rejected edit"));
    if (found.conflicts > 0) print("  " + counted(found.conflicts, "conflict"));
    for (const sync::RescuedLayer& layer : found.layers) {
        for (const std::string& loss : layer.lost) print("lost in " + layer.name + ": " + loss);
    }
    for (const std::string& loss : found.lost) print("lost in " + loss);
}

void report_json(const RescueArguments& arguments, const sync::Rescued& found) {
    Json layers = Json::Array{};
    for (const sync::RescuedLayer& layer : found.layers) {
        layers.push(Json::Object{{"layer", layer.name},
                                 {"inserts", layer.inserts},
                                 {"updates", layer.updates},
                                 {"deletes", layer.deletes},
                                 {"lost", texts(layer.lost)}});
    }
    print_json(Json::Object{{"file", arguments.target.string()},
                            {"edits", found.edits()},
                            {"layers", std::move(layers)},
                            {"rejected", found.rejected},
                            {"conflicts", found.conflicts},
                            {"lost", texts(found.lost)}});
}

}  // namespace

int run(const RescueArguments& arguments, Session& session) {
    TargetFile target(arguments.target);
    if (!target.is_new()) {
        throw Error(Status::AlreadyExists, "there is a file '" + arguments.target.string() +
                                               "' already: a rescue needs a new one");
    }
    const sync::Rescued found = rescue(arguments, session);
    target.keep();
    if (session.json()) {
        report_json(arguments, found);
    } else {
        report(arguments, found);
    }
    return found.losses() == 0 ? kDone : kFailed;
}

}  // namespace rhumb::tool
