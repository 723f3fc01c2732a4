// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/csv_reader.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>

namespace rhumb::connector {
namespace {

constexpr std::size_t kPieceBytes = 64u << 10;
/// A quote that is never closed takes in the rest of the file: here that ends.
constexpr std::size_t kMaxRecordBytes = 64u << 20;
constexpr std::size_t kMaxFields = 10'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

CsvReader::CsvReader(Pull pull, char separator)
    : pull_(std::move(pull)), separator_(separator), buffer_(kPieceBytes, '\0') {
    fill();
    const std::string_view begin(buffer_.data(), end_);
    if (begin.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
    if (begin.starts_with("\xFF\xFE") || begin.starts_with("\xFE\xFF")) {
        refuse(1, "the text is UTF-16; save it as UTF-8");
    }
    if (separator_ == 0) choose_separator();
}

void CsvReader::refuse(std::uint64_t line, const std::string& why) {
    throw Error(Status::CorruptData, "line " + std::to_string(line) + ": " + why);
}

void CsvReader::fill() {
    at_ = 0;
    end_ = 0;
    // The first piece is filled to the brim, for the byte order mark and the separator.
    while (!ended_ && end_ < buffer_.size()) {
        const std::size_t got = pull_(buffer_.data() + end_, buffer_.size() - end_);
        ended_ = got == 0;
        end_ += got;
    }
}

void CsvReader::choose_separator() {
    constexpr std::array<char, 3> kSeparators{',', ';', '\t'};
    std::array<std::size_t, 3> counts{};
    bool quoted = false;
    for (std::size_t i = at_; i < end_ && (quoted || buffer_[i] != '\n'); ++i) {
        if (buffer_[i] == '"') quoted = !quoted;
        for (std::size_t s = 0; !quoted && s < kSeparators.size(); ++s) {
            if (buffer_[i] == kSeparators[s]) ++counts[s];
        }
    }
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    separator_ = kSeparators[static_cast<std::size_t>(most)];
}

int CsvReader::peek() {
    if (at_ == end_ && !ended_) fill();
    return at_ < end_ ? static_cast<unsigned char>(buffer_[at_]) : kEnd;
}

int CsvReader::take() {
    const int byte = peek();
    if (byte == kEnd) return byte;
    ++at_;
    if (byte == '\n') {
        ++line_;
    } else if (byte == '\r' && peek() != '\n') {
        ++line_;
    }
    return byte;
}

bool CsvReader::at_field_end() {
    const int byte = peek();
    return byte == kEnd || byte == '\n' || byte == '\r' ||
           byte == static_cast<unsigned char>(separator_);
}

void CsvReader::append(std::string& field, int byte) {
    if (byte == 0) refuse(line_, "a zero byte");
    if (++record_bytes_ > kMaxRecordBytes) {
        refuse(record_line_, "the record that begins here is longer than 64 MB");
    }
    field += static_cast<char>(byte);
}

void CsvReader::read_quoted(std::string& field) {
    const std::uint64_t opened = line_;
    take();
    while (true) {
        if (peek() == kEnd) refuse(opened, "the quote that opens here is never closed");
        const int byte = take();
        if (byte != '"') {
            append(field, byte);
        } else if (peek() == '"') {
            append(field, take());
        } else {
            break;
        }
    }
    if (!at_field_end()) refuse(line_, "text follows a closing quote");
}

void CsvReader::read_plain(std::string& field) {
    while (!at_field_end()) append(field, take());
}

void CsvReader::read_field(std::string& field) {
    field.clear();
    const std::uint64_t began = line_;
    if (peek() == '"') {
        read_quoted(field);
    } else {
        read_plain(field);
    }
    if (!is_utf8(field)) refuse(began, "the text is not UTF-8");
}

bool CsvReader::next(std::vector<std::string>& fields) {
    while (peek() == '\n' || peek() == '\r') take();
    if (peek() == kEnd) return false;
    record_line_ = line_;
    record_bytes_ = 0;
    std::size_t count = 0;
    while (true) {
        if (count == kMaxFields) refuse(record_line_, "more than 10000 values");
        if (count == fields.size()) fields.emplace_back();
        read_field(fields[count++]);
        if (peek() != static_cast<unsigned char>(separator_)) break;
        take();
    }
    fields.resize(count);
    if (take() == '\r' && peek() == '\n') take();
    return true;
}

}  // namespace rhumb::connector
