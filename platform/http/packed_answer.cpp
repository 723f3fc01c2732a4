// SPDX-License-Identifier: Apache-2.0
#include "platform/http/packed_answer.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::http {
namespace {

bool is_packable(std::string_view type) {
    const std::string kind = lowered(type.substr(0, type.find(';')));
    return kind.rfind("text/", 0) == 0 || kind.find("json") != std::string::npos ||
           kind == "application/javascript" || kind == "application/x-protobuf";
}

/// How much somebody likes a coding: 1 unless `q` says otherwise, 0 for not at all.
double liking(std::string_view parameters) {
    for (const std::string& parameter : split(parameters, ';')) {
        const std::string text = lowered(parameter);
        if (text.starts_with("q=")) return parse_double(text.substr(2)).value_or(0);
    }
    return 1;
}

/// How much an Accept-Encoding likes the first of its names that is meant; none without one.
template <class IsMeant>
std::optional<double> said_of(std::string_view accept_encoding, const IsMeant& is_meant) {
    for (const std::string& entry : split(accept_encoding, ',')) {
        const std::size_t semicolon = std::min(entry.find(';'), entry.size());
        const std::string_view parameters = std::string_view(entry).substr(semicolon);
        if (is_meant(trimmed(std::string_view(entry).substr(0, semicolon)))) {
            return liking(parameters);
        }
    }
    return std::nullopt;
}

std::optional<double> said_of_others(std::string_view accept_encoding) {
    return said_of(accept_encoding, [](std::string_view name) { return name == "*"; });
}

/// RFC 9110: the plain form may be ruled out; then even what is short goes packed.
bool refuses_plain(std::string_view accept_encoding) {
    const auto plain = said_of(accept_encoding, [](std::string_view name) {
        return equal_ignoring_case(name, "identity");
    });
    return plain.value_or(said_of_others(accept_encoding).value_or(1)) <= 0;
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
    const double others = said_of_others(accept_encoding).value_or(0);
    std::optional<Coding> best;
    double most = 0;
    for (const Coding coding : {Coding::Zstd, Coding::Gzip}) {
        const double liked = said_of(accept_encoding, [&](std::string_view name) {
                                 return coding_of(name) == coding;
                             }).value_or(others);
        if (liked <= most) continue;
        best = coding;
        most = liked;
    }
    return best;
}

Response packed_answer(const Request& request, Response response) {
    const bool fits = response.status == 200 && request.method != "HEAD" &&
                      !request.headers.has("Range") && !response.headers.has("Content-Encoding") &&
                      is_packable(response.headers.get("Content-Type"));
    if (!fits) return response;
    // A word to caches, which keep no answers to POST.
    if (request.method != "POST") response.headers.add("Vary", "Accept-Encoding");
    const auto coding = accepted_coding(request.headers.get("Accept-Encoding"));
    if (!coding) return response;
    const bool any_size = refuses_plain(request.headers.get("Accept-Encoding"));
    const std::uint64_t least = any_size ? 1 : kLeastPackedBytes;
    if (const FileBody* file = response.file()) {
        if (!file->delete_after || file->offset > 0 || file->length < least) {
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
    if (response.text().size() < least) return response;
    response.body = packed(*coding, response.text());
    mark(response, *coding);
    return response;
}

}  // namespace rhumb::http
