// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/pbf/pbf_frame.hpp"

#include "sync/wire/pbf/feature_collection.pb.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace rhumb::wire {
namespace {

using pbf::FeatureCollectionPBuffer;

constexpr std::size_t kIdsOfAPiece = 8192;
constexpr std::uint32_t kLengthDelimited = 2;

/// What stands before a member that is a message of `size` bytes.
std::string member_head(int number, std::uint64_t size) {
    std::string head;
    google::protobuf::io::StringOutputStream text(&head);
    {
        google::protobuf::io::CodedOutputStream coded(&text);
        coded.WriteTag(static_cast<std::uint32_t>(number) << 3 | kLengthDelimited);
        coded.WriteVarint64(size);
    }
    return head;
}

}  // namespace

std::string pbf_frame(PbfResult result, std::uint64_t size) {
    const std::string inner = member_head(static_cast<int>(result), size);
    return member_head(FeatureCollectionPBuffer::kQueryResultFieldNumber, inner.size() + size) +
           inner;
}

void append_pbf_count(std::string& out, std::int64_t count) {
    FeatureCollectionPBuffer::CountResult result;
    result.set_count(static_cast<std::uint64_t>(count));
    result.AppendToString(&out);
}

PbfIds::PbfIds(std::string& out, std::string_view object_id_field) : out_(out) {
    FeatureCollectionPBuffer::ObjectIdsResult result;
    result.set_objectidfieldname(std::string(object_id_field));
    result.AppendToString(&out_);
}

void PbfIds::add(geodb::ObjectId id) {
    held_.push_back(static_cast<std::uint64_t>(id.value));
    if (held_.size() == kIdsOfAPiece) finish();
}

void PbfIds::finish() {
    FeatureCollectionPBuffer::ObjectIdsResult result;
    result.mutable_objectids()->Add(held_.begin(), held_.end());
    result.AppendToString(&out_);
    held_.clear();
}

}  // namespace rhumb::wire
