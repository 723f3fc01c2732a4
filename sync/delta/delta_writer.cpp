// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_writer.hpp"

#include "geodb/sqlite/untrusted.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/delta/delta_sink.hpp"

#include <string>
#include <utility>

namespace rhumb::delta {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::Value;

/// Room for the columns' heads within what a reader takes; an update holds two rows.
constexpr std::size_t kMaxRowBytes =
    (static_cast<std::size_t>(geodb::sqlite::kMaxUntrustedBytes) - 64 * 1024) / 2;

std::size_t bytes_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return text->size();
    if (const auto* blob = std::get_if<geodb::Blob>(&value)) return blob->size();
    return 0;
}

}  // namespace

void check_row_size(const Layer& layer, const GlobalId& feature, const std::vector<Value>& row) {
    std::size_t bytes = 0;
    for (const Value& value : row) bytes += bytes_of(value);
    if (bytes <= kMaxRowBytes) return;
    throw Error(Status::ConstraintViolated, "layer '" + layer.name + "', feature " +
                                                feature.value.braced() +
                                                ": the row is too large for a delta");
}

DeltaWriter::DeltaWriter(std::filesystem::path path, const Header& header, Form form)
    : path_(std::move(path)), part_(path_.string() + ".part"), form_(form) {
    try {
        sink_ = form == Form::Packed ? make_packed_sink(part_, header)
                                     : make_sqlite_sink(part_, header);
    } catch (...) {
        remove_quietly(part_);
        throw;
    }
}

DeltaWriter::~DeltaWriter() {
    sink_.reset();
    if (!finished_) remove_quietly(part_);
}

void DeltaWriter::begin_layer(const Layer& layer, const LayerTerms& terms) {
    sink_->begin_layer(layer, terms);
}

void DeltaWriter::add(const GlobalId& feature, const std::vector<Value>& row) {
    sink_->add(feature, row);
    ++counts_.adds;
}

void DeltaWriter::update(const GlobalId& feature, const std::vector<std::size_t>& changed,
                         const std::vector<Value>& after, const std::vector<Value>* before) {
    sink_->update(feature, changed, after, before);
    ++counts_.updates;
}

void DeltaWriter::erase(const GlobalId& feature) {
    sink_->erase(feature);
    ++counts_.deletes;
}

void DeltaWriter::take(const geodb::NetEdit& edit) {
    switch (edit.kind) {
        case geodb::NetEdit::Kind::Insert:
            return add(edit.feature, edit.after);
        case geodb::NetEdit::Kind::Update:
            return update(edit.feature, edit.changed, edit.after, &edit.before);
        case geodb::NetEdit::Kind::Delete:
            return erase(edit.feature);
    }
}

geodb::WantedEdits DeltaWriter::wanted() const {
    return {.whole_rows = false, .old_values = form_ == Form::Sqlite, .by_object_id = false};
}

Counts DeltaWriter::counts() const {
    return counts_;
}

void DeltaWriter::finish() {
    sink_->finish();
    replace_file(part_, path_);
    finished_ = true;
}

}  // namespace rhumb::delta
