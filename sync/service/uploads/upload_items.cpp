// SPDX-License-Identifier: Apache-2.0
#include "sync/service/uploads/upload_items.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::service {
namespace {

constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxDescriptionBytes = 4096;
constexpr std::size_t kShownBytes = 60;

[[noreturn]] void beyond(std::string_view limit, std::int64_t value) {
    throw Error(Status::InvalidArgument, "the upload passes the limit " + std::string(limit) +
                                             " of " + std::to_string(value));
}

std::optional<Uuid> id_of(std::string_view text) {
    if (!text.empty() && (text.front() == 'i' || text.front() == 'I')) text.remove_prefix(1);
    return Uuid::parse(text);
}

UploadItem item_of(UploadTable& table, const Claimant& owner, std::string_view id) {
    if (const auto uuid = id_of(id)) {
        auto item = table.find(*uuid);
        if (item && owner.may_see(item->owner)) return std::move(*item);
    }
    throw Error(Status::NotFound, "Upload item not found: " + excerpt(id, kShownBytes));
}

/// A name is only ever shown and its ending looked at; what could be taken for a path is refused
/// all the same, because the name travels on to others.
void check_name(const std::string& name) {
    const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x20 || c == 0x7f || c == '/' || c == '\\';
    });
    if (!name.empty() && name.size() <= kMaxNameBytes && !odd && is_utf8(name) && name != "." &&
        name != "..") {
        return;
    }
    throw Error(Status::InvalidArgument,
                "'itemName' is '" + excerpt(name, kShownBytes) +
                    "'; wanted is a file name of 1 to 255 bytes of UTF-8, without folders");
}

void check_extension(const UploadLimits& limits, const std::string& name) {
    if (limits.extensions.empty()) return;
    const std::size_t dot = name.rfind('.');
    const std::string extension = dot == std::string::npos ? "" : lowered(name.substr(dot + 1));
    const auto& allowed = limits.extensions;
    if (std::find(allowed.begin(), allowed.end(), extension) != allowed.end()) return;
    throw Error(Status::InvalidArgument, "'itemName' is '" + excerpt(name, kShownBytes) +
                                             "', which has none of the allowed file extensions");
}

std::int64_t bytes_of(const std::vector<UploadPart>& parts, std::optional<std::int64_t> without) {
    std::int64_t sum = 0;
    for (const UploadPart& part : parts) {
        if (part.number != without) sum += part.bytes;
    }
    return sum;
}

const UploadPart* part_of(const std::vector<UploadPart>& parts, std::int64_t number) {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const UploadPart& part) { return part.number == number; });
    return found == parts.end() ? nullptr : &*found;
}

/// The item may take this part; gives back the file that it replaces, "" for none.
std::string check_part(UploadTable& table, const UploadItem& item, std::int64_t number,
                       std::int64_t size, const UploadLimits& limits) {
    if (item.committed) {
        throw Error(Status::InvalidArgument,
                    "upload item " + UploadItems::wire_id(item.id) + " is committed already");
    }
    const auto parts = table.parts(item.id);
    const UploadPart* former = part_of(parts, number);
    if (bytes_of(parts, number) + size > limits.max_item_bytes) {
        beyond("bytes of an item", limits.max_item_bytes);
    }
    const std::int64_t replaced = former != nullptr ? former->bytes : 0;
    if (table.usage(item.owner).bytes - replaced + size > limits.max_bytes_per_owner) {
        beyond("bytes of all items of a user", limits.max_bytes_per_owner);
    }
    return former != nullptr ? former->file : "";
}

std::vector<UploadPart> ordered(const UploadItem& item, const std::vector<UploadPart>& parts,
                                const std::optional<std::vector<std::int64_t>>& order) {
    const std::string name = "upload item " + UploadItems::wire_id(item.id);
    if (parts.empty()) throw Error(Status::InvalidArgument, name + " has no parts");
    if (!order || order->empty()) return parts;
    std::vector<UploadPart> chosen;
    std::set<std::int64_t> seen;
    for (const std::int64_t number : *order) {
        const UploadPart* part = part_of(parts, number);
        if (part == nullptr || !seen.insert(number).second) {
            throw Error(Status::InvalidArgument,
                        "'parts': " + name + (part == nullptr ? " has no part " : " twice part ") +
                            std::to_string(number));
        }
        chosen.push_back(*part);
    }
    return chosen;
}

std::vector<std::string> files_of(UploadTable& table, const UploadItem& item) {
    std::vector<std::string> files;
    if (!item.file.empty()) files.push_back(item.file);
    for (const UploadPart& part : table.parts(item.id)) files.push_back(part.file);
    return files;
}

}  // namespace

UploadItems::UploadItems(Store& store, std::filesystem::path folder, const UploadLimits& limits)
    : store_(store), folder_(std::move(folder)), limits_(limits) {
    std::error_code failure;
    std::filesystem::create_directories(folder_, failure);
    if (failure) throw_file_error("cannot create folder", folder_, failure.value());
    remove_idle();
    clean();
}

void UploadItems::clean() {
    std::set<std::string> named;
    const auto transaction = store_.write();
    UploadTable& table = transaction->uploads();
    for (const UploadItem& item : table.all()) {
        const auto files = files_of(table, item);
        const bool whole = std::all_of(files.begin(), files.end(), [&](const std::string& file) {
            std::error_code failure;
            return std::filesystem::is_regular_file(folder_ / file, failure);
        });
        // A client that finds its item gone announces it anew; half an item helps nobody.
        if (!whole) table.remove(item.id);
        if (whole) named.insert(files.begin(), files.end());
    }
    transaction->commit({});
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, failure)) {
        if (named.count(entry.path().filename().string()) == 0) remove_quietly(entry.path());
    }
}

void UploadItems::remove_files(const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
        if (!name.empty()) remove_quietly(folder_ / name);
    }
}

void UploadItems::remove_idle() {
    const std::int64_t oldest = store_.now_ms() - limits_.kept_ms;
    const auto items = store_.snapshot()->uploads().all();
    const bool any = std::any_of(items.begin(), items.end(),
                                 [&](const UploadItem& item) { return item.touched_ms < oldest; });
    if (!any) return;
    std::vector<std::string> files;
    const auto transaction = store_.write();
    UploadTable& table = transaction->uploads();
    for (const UploadItem& item : table.all()) {
        if (item.touched_ms >= oldest) continue;
        for (std::string& file : files_of(table, item)) files.push_back(std::move(file));
        table.remove(item.id);
    }
    transaction->commit({});
    remove_files(files);
}

UploadItem UploadItems::announce(const std::string& owner, const std::string& name,
                                 const std::string& description) {
    check_name(name);
    check_extension(limits_, name);
    remove_idle();
    UploadItem item;
    item.id = store_.new_id();
    item.owner = owner;
    item.name = name;
    item.description = excerpt(description, kMaxDescriptionBytes);
    item.created_ms = item.touched_ms = store_.now_ms();
    const auto transaction = store_.write();
    if (transaction->uploads().usage(owner).items >= limits_.max_items_per_owner) {
        beyond("items of a user", limits_.max_items_per_owner);
    }
    transaction->uploads().save(item);
    transaction->commit({});
    return item;
}

UploadItem UploadItems::find(const Claimant& owner, std::string_view id) {
    return item_of(store_.snapshot()->uploads(), owner, id);
}

std::vector<UploadItem> UploadItems::list(const Claimant& owner) {
    auto items = store_.snapshot()->uploads().all();
    std::erase_if(items, [&](const UploadItem& item) { return !owner.may_see(item.owner); });
    return items;
}

std::vector<std::int64_t> UploadItems::part_numbers(const Claimant& owner, std::string_view id) {
    const auto snapshot = store_.snapshot();
    const UploadItem item = item_of(snapshot->uploads(), owner, id);
    std::vector<std::int64_t> numbers;
    for (const UploadPart& part : snapshot->uploads().parts(item.id)) {
        numbers.push_back(part.number);
    }
    return numbers;
}

void UploadItems::put_part(const Claimant& owner, std::string_view id, std::int64_t number,
                           const http::Body& bytes) {
    if (number < 0 || number > limits_.max_part_number) {
        throw Error(Status::InvalidArgument, "'partId' is " + std::to_string(number) +
                                                 ", not from 0 to " +
                                                 std::to_string(limits_.max_part_number));
    }
    const auto size = static_cast<std::int64_t>(bytes.size());
    if (size > limits_.max_part_bytes) beyond("bytes of a part", limits_.max_part_bytes);
    Uuid item_id;
    {
        const auto snapshot = store_.snapshot();
        const UploadItem item = item_of(snapshot->uploads(), owner, id);
        check_part(snapshot->uploads(), item, number, size, limits_);
        item_id = item.id;
    }
    const std::string file = write_file(item_id, bytes);
    std::string replaced;
    try {
        const auto transaction = store_.write();
        UploadItem item = item_of(transaction->uploads(), owner, id);
        replaced = check_part(transaction->uploads(), item, number, size, limits_);
        transaction->uploads().save_part(item.id, {number, file, size});
        item.touched_ms = store_.now_ms();
        transaction->uploads().save(item);
        transaction->commit({});
    } catch (...) {
        remove_quietly(folder_ / file);
        throw;
    }
    remove_files({replaced});
}

std::string UploadItems::write_file(const Uuid& item, const http::Body& bytes) {
    const std::string name = item.plain() + "." + store_.new_id().plain();
    make_file(folder_ / name, [&](FileWriter& writer) {
        bytes.each_piece([&](std::string_view piece) {
            writer.write(piece);
            return true;
        });
    });
    return name;
}

void UploadItems::check_sum(const Uuid& item, const std::vector<UploadPart>& parts,
                            std::string_view checksum) const {
    if (checksum.empty()) return;
    Sha256Stream hash;
    for (const UploadPart& part : parts) {
        read_pieces(folder_ / part.file, [&](std::string_view piece) {
            hash.add(piece);
            return true;
        });
    }
    if (equal_ignoring_case(hash.finish().hex(), checksum)) return;
    throw Error(Status::InvalidArgument,
                "'checksum' is not the SHA-256 of upload item " + wire_id(item) + " as it arrived");
}

std::string UploadItems::join_files(const Uuid& item, const std::vector<UploadPart>& parts) {
    if (parts.size() == 1) return parts[0].file;
    const std::string name = item.plain() + "." + store_.new_id().plain();
    make_file(folder_ / name, [&](FileWriter& writer) {
        for (const UploadPart& part : parts) {
            read_pieces(folder_ / part.file, [&](std::string_view piece) {
                writer.write(piece);
                return true;
            });
        }
    });
    return name;
}

UploadItem UploadItems::commit(const Claimant& owner, std::string_view id,
                               std::optional<std::vector<std::int64_t>> order,
                               std::string_view checksum) {
    std::vector<UploadPart> parts;
    UploadItem item;
    {
        const auto snapshot = store_.snapshot();
        item = item_of(snapshot->uploads(), owner, id);
        if (item.committed) return item;  // the answer to an earlier commit was lost
        parts = ordered(item, snapshot->uploads().parts(item.id), order);
    }
    check_sum(item.id, parts, checksum);
    item.file = join_files(item.id, parts);
    std::vector<std::string> done_with;
    try {
        const auto transaction = store_.write();
        UploadTable& table = transaction->uploads();
        const UploadItem now = item_of(table, owner, id);
        std::vector<UploadPart> parts_now;
        if (!now.committed) parts_now = ordered(now, table.parts(now.id), order);
        const bool same =
            std::equal(parts.begin(), parts.end(), parts_now.begin(), parts_now.end(),
                       [](const UploadPart& a, const UploadPart& b) { return a.file == b.file; });
        if (!same) {
            throw Error(Status::Busy,
                        "upload item " + wire_id(item.id) + " was changed while it was committed");
        }
        done_with = files_of(table, now);
        item.committed = true;
        item.bytes = bytes_of(parts, std::nullopt);
        item.touched_ms = store_.now_ms();
        table.remove_parts(item.id);
        table.save(item);
        transaction->commit({});
    } catch (...) {
        if (parts.size() > 1) remove_quietly(folder_ / item.file);
        throw;
    }
    std::erase(done_with, item.file);
    remove_files(done_with);
    return item;
}

void UploadItems::remove(const Claimant& owner, std::string_view id) {
    const auto transaction = store_.write();
    const UploadItem item = item_of(transaction->uploads(), owner, id);
    const auto files = files_of(transaction->uploads(), item);
    transaction->uploads().remove(item.id);
    transaction->commit({});
    remove_files(files);
}

UploadedFile UploadItems::open(const Claimant& owner, std::string_view parameter,
                               std::string_view id) {
    const auto transaction = store_.write();
    UploadTable& table = transaction->uploads();
    const auto uuid = id_of(id);
    auto item = uuid ? table.find(*uuid) : std::nullopt;
    if (!item || !owner.may_see(item->owner) || !item->committed) {
        const bool known = item && owner.may_see(item->owner);
        throw Error(Status::InvalidArgument, "'" + std::string(parameter) + "': upload item " +
                                                 excerpt(id, kShownBytes) +
                                                 (known ? " is not committed" : " does not exist"));
    }
    item->touched_ms = store_.now_ms();
    table.save(*item);
    transaction->commit({});
    return {folder_ / item->file, item->name, item->bytes};
}

}  // namespace rhumb::service
