// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_attachments.hpp"

#include "platform/error.hpp"

#include <utility>

namespace rhumb::delta {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::Layer;
using geodb::Value;

constexpr std::int32_t kFirst = 1 << 30;

// Fields of the layer, in their order.
enum Column : std::size_t {
    kParent,
    kName,
    kContentType,
    kSize,
    kKeywords,
    kSha256,
    kAddress,
    kId
};

Field made(const char* name, FieldType type) {
    Field field;
    field.name = name;
    field.type = type;
    return field;
}

[[noreturn]] void refuse(const Row& row, const char* column) {
    throw Error(Status::CorruptData,
                "attachment " + row.feature.value.braced() + ": '" + column + "' is no such value");
}

/// Columns of the row by their place in the layer; null where it has none.
const Value* value_at(const Row& row, Column column) {
    for (const geodb::ColumnValue& value : row.values) {
        if (value.column == column) return &value.value;
    }
    return nullptr;
}

std::string text_at(const Row& row, Column column, const char* name) {
    const Value* value = value_at(row, column);
    if (value == nullptr || geodb::is_null(*value)) return "";
    if (const auto* text = std::get_if<std::string>(value)) return *text;
    refuse(row, name);
}

}  // namespace

LayerId attachments_of(LayerId layer) {
    if (layer.value < 0 || layer.value >= kFirst) {
        throw Error(Status::Unsupported, "layer " + std::to_string(layer.value) +
                                             ": attachments of a layer of such a number do not "
                                             "travel in a delta");
    }
    return {layer.value + kFirst};
}

std::optional<LayerId> layer_of_attachments(LayerId number) {
    if (number.value < kFirst) return std::nullopt;
    return LayerId{number.value - kFirst};
}

Layer attachment_layer(LayerId layer) {
    Layer rows;
    rows.id = attachments_of(layer);
    rows.name = rows.table = "attachments of layer " + std::to_string(layer.value);
    rows.fid_column = "fid";
    rows.global_id_column = "global_id";
    rows.fields = {made("parent", FieldType::Guid),         made("name", FieldType::String),
                   made("content_type", FieldType::String), made("size", FieldType::BigInteger),
                   made("keywords", FieldType::String),     made("sha256", FieldType::String),
                   made("address", FieldType::String),      made("global_id", FieldType::GlobalId)};
    return rows;
}

std::vector<Value> attachment_row(const geodb::Attachment& attachment, const std::string& address) {
    std::vector<Value> row(kId + 1);
    row[kParent] = attachment.parent.value.braced();
    row[kName] = attachment.name;
    row[kContentType] = attachment.content_type;
    row[kSize] = attachment.size;
    row[kKeywords] = attachment.keywords;
    if (attachment.content) row[kSha256] = attachment.content->hex();
    row[kAddress] = address;
    return row;
}

AttachmentRow read_attachment_row(const Row& row) {
    AttachmentRow read;
    geodb::Attachment& attachment = read.attachment;
    attachment.global_id = row.feature;
    const auto parent = Uuid::parse(text_at(row, kParent, "parent"));
    if (!parent) refuse(row, "parent");
    attachment.parent = {*parent};
    attachment.name = text_at(row, kName, "name");
    attachment.content_type = text_at(row, kContentType, "content_type");
    attachment.keywords = text_at(row, kKeywords, "keywords");
    const Value* size = value_at(row, kSize);
    const auto* bytes = size != nullptr ? std::get_if<std::int64_t>(size) : nullptr;
    if (bytes == nullptr || *bytes < 0) refuse(row, "size");
    attachment.size = *bytes;
    const std::string hash = text_at(row, kSha256, "sha256");
    attachment.content = Sha256::parse(hash);
    if (!hash.empty() && !attachment.content) refuse(row, "sha256");
    read.address = text_at(row, kAddress, "address");
    return read;
}

}  // namespace rhumb::delta
