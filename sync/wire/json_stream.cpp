// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_stream.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_builder.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace rhumb::wire {
namespace {

constexpr std::size_t kPieceBytes = 64u << 10;
constexpr std::size_t kLeastPieceBytes = 16;  // a byte order mark comes in one piece
constexpr std::size_t kMaxPaths = 64;

class PulledInput : public JsonInput {
public:
    explicit PulledInput(const PullBytes& pull) : pull_(pull), buffer_(kPieceBytes, '\0') {}

    std::string_view next_piece() override {
        std::size_t bytes = 0;
        while (!ended_ && bytes < kLeastPieceBytes) {
            const std::size_t got = pull_(buffer_.data() + bytes, buffer_.size() - bytes);
            ended_ = got == 0;
            bytes += got;
        }
        return {buffer_.data(), bytes};
    }

private:
    const PullBytes& pull_;
    std::string buffer_;
    bool ended_ = false;
};

std::vector<JsonBuilder::Pattern> patterns_of(const std::vector<std::string>& paths) {
    if (paths.size() > kMaxPaths) {
        throw Error(Status::InvalidArgument, "more than 64 paths of JSON elements");
    }
    std::vector<JsonBuilder::Pattern> patterns;
    for (const std::string& path : paths) patterns.push_back(split(path, '.'));
    return patterns;
}

}  // namespace

std::size_t JsonPath::pattern() const {
    return builder_.met_pattern();
}

std::size_t JsonPath::index(std::size_t n) const {
    for (const JsonBuilder::Frame& frame : builder_.frames()) {
        if (frame.is_object || n-- > 0) continue;
        return static_cast<std::size_t>(frame.children - 1);
    }
    throw Error(Status::Internal, "JSON path " + text() + " has fewer indexes");
}

std::string_view JsonPath::name() const {
    for (std::size_t frame = builder_.frames().size(); frame-- > 0;) {
        const auto members = builder_.members_of(frame);
        if (!members.empty()) return members.back().name;
    }
    return {};
}

std::string JsonPath::text() const {
    std::string out;
    for (std::size_t i = 0; i < builder_.frames().size(); ++i) {
        const JsonBuilder::Frame& frame = builder_.frames()[i];
        if (frame.is_object) {
            out.append(out.empty() ? "" : ".").append(builder_.members_of(i).back().name);
        } else {
            out.append("[" + std::to_string(frame.children - 1) + "]");
        }
    }
    return out;
}

const Json* JsonPath::sibling(std::string_view member, std::size_t levels_up) const {
    for (std::size_t frame = builder_.frames().size(); frame-- > 0;) {
        if (!builder_.frames()[frame].is_object || levels_up-- > 0) continue;
        const auto members = builder_.members_of(frame);
        // The last one is being read.
        for (std::size_t i = members.size() - 1; i-- > 0;) {
            if (members[i].name == member) return &members[i].value;
        }
        return nullptr;
    }
    return nullptr;
}

Json stream_json(const PullBytes& pull, std::string_view what,
                 const std::vector<std::string>& element_paths, const OnElement& on_element,
                 const JsonLimits& limits) {
    PulledInput input(pull);
    JsonBuilder builder(limits, patterns_of(element_paths),
                        [&](const JsonBuilder& at, Json&& element) {
                            on_element(JsonPath(at), std::move(element));
                        });
    read_json(input, builder, what, limits);
    return builder.take_root();
}

Json stream_json_file(const std::filesystem::path& file, std::string_view what,
                      const std::vector<std::string>& element_paths, const OnElement& on_element,
                      const JsonLimits& limits) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> open(std::fopen(file.c_str(), "rb"),
                                                               &std::fclose);
    if (!open) throw_file_error("cannot open", file, errno);
    const PullBytes pull = [&](char* into, std::size_t room) {
        const std::size_t bytes = std::fread(into, 1, room, open.get());
        if (bytes == 0 && std::ferror(open.get()) != 0)
            throw_file_error("cannot read", file, errno);
        return bytes;
    };
    return stream_json(pull, what, element_paths, on_element, limits);
}

}  // namespace rhumb::wire
