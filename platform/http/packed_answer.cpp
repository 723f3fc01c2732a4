// SPDX-License-Identifier: Apache-2.0
#include "platform/http/packed_answer.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"

#include <utility>

namespace rhumb::http {
namespace {

bool is_packable(std::string_view type) {
    const std::string kind = lowered(type.substr(0, type.find(';')));
    return kind.rfind("text/", 0) == 0 || kind.find("json") != std::string::npos ||
           kind == "application/javascript";
}

bool refuses(std::string_view parameters) {
    std::string text = lowered(parameters);
    std::erase(text, ' ');
    return text == "q=0" || text.rfind("q=0.0", 0) == 0;
}

FileBody packed_file(const std::filesystem::path& plain, Coding coding,
                     const std::filesystem::path& path) {
    try {
        FileWriter writer(path, FileWriter::Mode::Replace);
        const auto packer =
            make_packer(coding, [&](std::string_view piece) { writer.write(piece); });
        read_pieces(plain, [&](std::string_view piece) {
            packer->add(piece);
            return true;
        });
        packer->finish();
        const std::uint64_t size = writer.size();
        writer.close_durably();
        return {path, 0, size, true};
    } catch (const Error&) {  // e.g. the disk is full
        remove_quietly(path);
        throw;
    }
}

void mark(Response& response, Coding coding) {
    response.headers.set("Content-Encoding", std::string(name_of(coding)));
    // Another representation has another validator.
    std::string etag(response.headers.get("ETag"));
    if (etag.size() > 1 && etag.back() == '"') {
        etag.insert(etag.size() - 1, "-" + std::string(name_of(coding)));
        response.headers.set("ETag", etag);
    }
}

}  // namespace

void pack_body(Response& response, const std::filesystem::path& file, Coding coding,
               const std::filesystem::path& copy) {
    response.body = packed_file(file, coding, copy);
    mark(response, coding);
}

std::optional<Coding> accepted_coding(std::string_view accept_encoding) {
    std::optional<Coding> best;
    for (const std::string& entry : split(accept_encoding, ',')) {
        const std::size_t semicolon = entry.find(';');
        const auto coding = coding_of(entry.substr(0, semicolon));
        if (!coding) continue;
        if (semicolon != std::string::npos && refuses(entry.substr(semicolon + 1))) continue;
        if (!best || *coding == Coding::Zstd) best = coding;
    }
    return best;
}

Response packed_answer(const Request& request, Response response) {
    const bool fits = response.status == 200 && request.method != "HEAD" &&
                      !request.headers.has("Range") && !response.headers.has("Content-Encoding") &&
                      is_packable(response.headers.get("Content-Type"));
    if (!fits) return response;
    response.headers.add("Vary", "Accept-Encoding");
    const auto coding = accepted_coding(request.headers.get("Accept-Encoding"));
    if (!coding) return response;
    if (const FileBody* file = response.file()) {
        if (!file->delete_after || file->offset > 0 || file->length < kLeastPackedBytes) {
            return response;
        }
        try {
            // A file that is made for this answer alone becomes a packed one.
            const std::filesystem::path plain = file->path;
            pack_body(response, plain, *coding,
                      plain.string() + "." + std::string(name_of(*coding)));
            remove_quietly(plain);
        } catch (const Error&) {
        }
        return response;
    }
    if (response.text().size() < kLeastPackedBytes) return response;
    response.body = packed(*coding, response.text());
    mark(response, *coding);
    return response;
}

}  // namespace rhumb::http
