// SPDX-License-Identifier: Apache-2.0
#include "platform/spool.hpp"

#include <utility>

namespace rhumb {

Spool::~Spool() {
    if (file_ && !taken_) remove_quietly(path_);
}

void Spool::flush() {
    if (!file_) file_.emplace(path_, FileWriter::Mode::Replace);
    file_->write(memory_);
    memory_.clear();
}

void Spool::settle() {
    if (memory_.size() > (file_ ? kFlushBytes : kMemoryBytes)) flush();
}

void Spool::append(std::string_view bytes) {
    memory_ += bytes;
    settle();
}

void Spool::append(Spool& other) {
    if (other.file_) {
        other.flush();
        read_pieces(other.path_, [this](std::string_view piece) {
            append(piece);
            return true;
        });
    }
    append(other.memory_);
}

std::optional<std::string> Spool::take_memory() {
    if (file_) return std::nullopt;
    return std::move(memory_);
}

std::filesystem::path Spool::take_passing_file() {
    flush();
    file_.reset();
    taken_ = true;
    return path_;
}

std::filesystem::path Spool::take_file() {
    flush();
    file_->close_durably();
    taken_ = true;
    return path_;
}

}  // namespace rhumb
