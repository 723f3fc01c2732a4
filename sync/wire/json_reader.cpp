// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_reader.hpp"

#include "platform/error.hpp"
#include "sync/wire/text_scan.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace rhumb::wire {
namespace {
/// RapidJSON found its own promise broken.
struct BrokenReader : std::logic_error {
    using std::logic_error::logic_error;
};
}  // namespace
}  // namespace rhumb::wire

// RapidJSON 1.1.0 must neither abort nor go on then.
#define RAPIDJSON_ASSERT(condition) \
    ((condition) ? static_cast<void>(0) : throw rhumb::wire::BrokenReader("RapidJSON: " #condition))
#include <rapidjson/reader.h>

namespace rhumb::wire {
namespace {

/// The pieces of the input, and where in the document they stand.
class Pieces {
public:
    Pieces(JsonInput& input, std::size_t max_token_bytes)
        : input_(input), max_token_bytes_(max_token_bytes) {
        advance();
        if (!piece_.starts_with(kByteOrderMark)) return;
        first_byte_ = kByteOrderMark.size();
        if (piece_.size() > first_byte_) return;
        first_byte_ = 0;
        advance();
    }

    /// Drops this piece and takes the next; at the end the piece is empty.
    std::string_view advance() {
        bytes_without_event_ = event_in_piece_ ? 0 : bytes_without_event_ + piece_.size();
        if (bytes_without_event_ > max_token_bytes_) throw JsonRefusal{"a text is too long", 0};
        event_in_piece_ = false;
        remember_lines();
        offset_ += piece_.size();
        return piece_ = input_.next_piece();
    }

    void saw_event() { event_in_piece_ = true; }
    std::string_view piece() const { return piece_; }
    std::size_t first_byte() const { return first_byte_; }
    std::size_t offset() const { return offset_; }

    /// "line 3, column 17" for an offset; one that lies before this piece is moved to its start.
    std::string place(std::size_t offset) const {
        const std::size_t in_piece =
            offset > offset_ ? std::min(offset - offset_, piece_.size()) : 0;
        const std::string_view before = piece_.substr(0, in_piece);
        const auto breaks =
            static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        const std::size_t last = before.rfind('\n');
        const std::size_t column =
            last == std::string_view::npos ? bytes_of_line_ + in_piece : in_piece - last - 1;
        return "line " + std::to_string(lines_ + breaks + 1) + ", column " +
               std::to_string(column + 1);
    }

private:
    static constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

    void remember_lines() {
        lines_ += static_cast<std::size_t>(std::count(piece_.begin(), piece_.end(), '\n'));
        const std::size_t last = piece_.rfind('\n');
        bytes_of_line_ = last == std::string_view::npos ? bytes_of_line_ + piece_.size()
                                                        : piece_.size() - last - 1;
    }

    JsonInput& input_;
    std::size_t max_token_bytes_;
    std::string_view piece_;
    std::size_t first_byte_ = 0;
    std::size_t offset_ = 0;
    std::size_t lines_ = 0;          ///< line ends before this piece
    std::size_t bytes_of_line_ = 0;  ///< how much of the current line lies before this piece
    bool event_in_piece_ = false;
    std::size_t bytes_without_event_ = 0;
};

/// RapidJSON's idea of an input stream: two pointers and a way to get more. The inner loops copy it
/// into locals; nothing here may let `this` escape, or those would not stay in registers.
class PieceStream {
public:
    using Ch = char;

    explicit PieceStream(Pieces& pieces) : pieces_(&pieces) {
        take_piece(pieces.piece());
        next_ += pieces.first_byte();
    }

    [[gnu::always_inline]] Ch Peek() const { return next_ != end_ ? *next_ : '\0'; }
    [[gnu::always_inline]] Ch Take() {
        if (next_ == end_) return '\0';
        const Ch taken = *next_++;
        if (next_ == end_) [[unlikely]] {
            take_piece(pieces_->advance());
        }
        return taken;
    }
    std::size_t Tell() const {
        return pieces_->offset() + static_cast<std::size_t>(next_ - pieces_->piece().data());
    }
    bool at_end() const { return next_ == end_; }
    /// What is left of this piece.
    std::string_view rest() const { return {next_, static_cast<std::size_t>(end_ - next_)}; }
    [[gnu::always_inline]] void skip(std::size_t bytes) {
        next_ += bytes;
        if (next_ == end_) [[unlikely]] {
            take_piece(pieces_->advance());
        }
    }

    Ch* PutBegin() { throw BrokenReader("the input is read only"); }
    void Put(Ch) { throw BrokenReader("the input is read only"); }
    void Flush() {}
    std::size_t PutEnd(Ch*) { throw BrokenReader("the input is read only"); }

private:
    [[gnu::always_inline]] void take_piece(std::string_view piece) {
        next_ = piece.data();
        end_ = piece.data() + piece.size();
    }

    Pieces* pieces_;
    const char* next_ = nullptr;
    const char* end_ = nullptr;
};

/// UTF-8 whose plain parts are copied at once; RapidJSON's own would go byte by byte.
struct RunsOfUtf8 : rapidjson::UTF8<> {
    template <typename Out>
    static bool copy(PieceStream& in, Out& out) {
        const std::string_view rest = in.rest();
        const std::size_t plain = plain_prefix(rest.substr(0, kLongestRun));
        if (plain == 0) return rapidjson::UTF8<>::Validate(in, out);
        std::memcpy(out.Push(static_cast<rapidjson::SizeType>(plain)), rest.data(), plain);
        in.skip(plain);
        return true;
    }

private:
    static constexpr std::size_t kLongestRun = 64u << 10;  // far below RapidJSON's SizeType
};

}  // namespace
}  // namespace rhumb::wire

RAPIDJSON_NAMESPACE_BEGIN
/// Lets RapidJSON keep the two pointers in registers while it reads a text or a number.
template <>
struct StreamTraits<rhumb::wire::PieceStream> {
    enum { copyOptimization = 1 };
};

template <>
struct Transcoder<rhumb::wire::RunsOfUtf8, UTF8<>> {
    template <typename Out>
    static bool Validate(rhumb::wire::PieceStream& in, Out& out) {
        return rhumb::wire::RunsOfUtf8::copy(in, out);
    }
    template <typename Out>
    static bool Transcode(rhumb::wire::PieceStream& in, Out& out) {
        return rhumb::wire::RunsOfUtf8::copy(in, out);
    }
};
RAPIDJSON_NAMESPACE_END

namespace rhumb::wire {
namespace {

/// Passes RapidJSON's events on and counts the depth.
class Handler {
public:
    Handler(JsonEvents& events, Pieces& pieces, std::size_t max_depth)
        : events_(events), pieces_(pieces), max_depth_(max_depth) {}

    bool Null() {
        events_.null();
        return seen();
    }
    bool Bool(bool value) {
        events_.boolean(value);
        return seen();
    }
    bool RawNumber(const char* digits, unsigned bytes, bool) {
        events_.number({digits, bytes});
        return seen();
    }
    bool String(const char* value, unsigned bytes, bool) {
        events_.text(whole({value, bytes}));
        return seen();
    }
    bool Key(const char* value, unsigned bytes, bool) {
        events_.name(whole({value, bytes}));
        return seen();
    }
    bool StartObject() {
        deeper();
        events_.begin_object();
        return seen();
    }
    bool EndObject(unsigned) {
        --depth_;
        events_.end_object();
        return seen();
    }
    bool StartArray() {
        deeper();
        events_.begin_array();
        return seen();
    }
    bool EndArray(unsigned) {
        --depth_;
        events_.end_array();
        return seen();
    }

    // Numbers come as text, so these are never called.
    bool Int(int) { return false; }
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }

private:
    bool seen() {
        pieces_.saw_event();
        return true;
    }

    void deeper() {
        if (++depth_ > max_depth_) {
            throw JsonRefusal{"nested deeper than " + std::to_string(max_depth_), 0};
        }
    }

    /// RapidJSON checks the raw bytes but lets "\udc00" alone through as bytes ED B0 80.
    static std::string_view whole(std::string_view text) {
        if (is_ascii(text)) return text;
        for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
             at = text.find('\xED', at + 1)) {
            if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) {
                throw JsonRefusal{"half of a surrogate pair in a text", 0};
            }
        }
        return text;
    }

    JsonEvents& events_;
    Pieces& pieces_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
};

const char* reason(rapidjson::ParseErrorCode code) {
    switch (code) {
        case rapidjson::kParseErrorDocumentEmpty:
            return "the document is empty";
        case rapidjson::kParseErrorDocumentRootNotSingular:
            return "something follows the document";
        case rapidjson::kParseErrorValueInvalid:
            return "no JSON value";
        case rapidjson::kParseErrorObjectMissName:
            return "a member name in quotes is missing";
        case rapidjson::kParseErrorObjectMissColon:
            return "':' is missing after a member name";
        case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
            return "',' or '}' is missing after a member";
        case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
            return "',' or ']' is missing after an array element";
        case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
            return "\\u must be followed by four hex digits";
        case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
            return "half of a surrogate pair in a text";
        case rapidjson::kParseErrorStringEscapeInvalid:
            return "an unknown escape or a bare control character in a text";
        case rapidjson::kParseErrorStringMissQuotationMark:
            return "a text lacks its closing quote";
        case rapidjson::kParseErrorStringInvalidEncoding:
            return "a text is not UTF-8";
        case rapidjson::kParseErrorNumberTooBig:
            return "a number is too large for a double";
        case rapidjson::kParseErrorNumberMissFraction:
            return "a digit is missing after '.'";
        case rapidjson::kParseErrorNumberMissExponent:
            return "a digit is missing in an exponent";
        default:
            return "no JSON";
    }
}

[[noreturn]] void refuse(std::string_view what, const std::string& place, const std::string& why) {
    throw Error(Status::CorruptData, std::string(what) + ", " + place + ": " + why);
}

std::string reason_at(const rapidjson::ParseResult& result, const PieceStream& stream) {
    const bool complete = result.Code() == rapidjson::kParseErrorDocumentEmpty ||
                          result.Code() == rapidjson::kParseErrorNumberTooBig;
    if (stream.at_end()) return complete ? reason(result.Code()) : "the document ends too early";
    return stream.Peek() == '\0' ? "a zero byte" : reason(result.Code());
}

}  // namespace

void read_json(JsonInput& input, JsonEvents& events, std::string_view what,
               const JsonLimits& limits) {
    // Recursion would let a document choose the depth of our stack; RapidJSON's own numbers are
    // CVE-2024-38517; bytes that are no UTF-8 would end up in files and answers.
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseNumbersAsStringsFlag |
                                rapidjson::kParseValidateEncodingFlag;
    Pieces pieces(input, limits.max_text_bytes);
    PieceStream stream(pieces);
    Handler handler(events, pieces, limits.max_depth);
    rapidjson::GenericReader<RunsOfUtf8, rapidjson::UTF8<>> reader;
    try {
        const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
        if (result.IsError())
            refuse(what, pieces.place(result.Offset()), reason_at(result, stream));
        if (!stream.at_end()) refuse(what, pieces.place(stream.Tell()), "a zero byte");
    } catch (const JsonRefusal& refusal) {
        const std::size_t end = stream.Tell();
        refuse(what, pieces.place(end - std::min(end, refusal.token_bytes)), refusal.why);
    } catch (const BrokenReader& broken) {
        throw Error(Status::Internal, std::string(what) + ": " + broken.what());
    }
}

}  // namespace rhumb::wire
