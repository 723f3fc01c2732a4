// SPDX-License-Identifier: Apache-2.0
//
// How the features of a source keep their identity: which field becomes the GlobalID, or what
// GlobalIDs are derived from.

#pragma once

#include "geodb/value.hpp"
#include "platform/uuid.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::connector {

/// The GlobalID of a key that is no UUID, the same on every machine and at each import: a UUID of
/// version 8 (RFC 9562), made of the first 16 bytes of SHA-256 over our namespace, the layer's
/// name, a zero byte and the key.
Uuid derived_id(std::string_view layer, std::string_view key);

/// A key as text, the same from each format: 584 and "584" are one key. nullopt for NULL.
std::optional<std::string> key_text(const geodb::Value& value);

/// What the first reading found out.
struct Identity {
    std::optional<std::size_t> column;  ///< none: every feature gets a new GlobalID
    bool is_global_id = false;          ///< the column itself becomes the GlobalID field
};

/// Looks at the columns that may identify the features, in the first reading.
class IdentityScan {
public:
    using RowName = std::function<std::string(std::uint64_t)>;
    /// `row_name` makes "feature 12" of 12.
    IdentityScan(std::string layer, std::optional<std::string> id_field, RowName row_name);

    /// Columns are told in their order, before the first row that has a value there.
    void add_column(std::string_view name);
    /// A value that is not NULL.
    void add(std::size_t column, const geodb::Value& value, std::uint64_t row);
    /// The columns whose values are wanted.
    const std::vector<std::size_t>& watched() const { return watched_; }

    /// After `rows` rows. Throws NotFound when there is no field `id_field`, ConstraintViolated
    /// naming two rows with the same key. A field that was only a guess is dropped with a note.
    Identity settle(std::uint64_t rows, std::vector<std::string>& notes);

    /// The GlobalID of a row by its value in the column settled upon; nullopt: a new one.
    std::optional<Uuid> id_of(const geodb::Value& value) const;

private:
    /// One column with the ids of its rows, until it is out of the question.
    struct Candidate {
        std::size_t column;
        std::string name;
        std::size_t rank;  ///< in the list of names
        std::vector<std::pair<Uuid, std::uint64_t>> ids;
        bool all_uuids = true;
        std::string why_not;
    };
    std::optional<std::size_t> rank_of(std::string_view name) const;
    void check_unique(Candidate& candidate) const;
    Identity settle_asked_for(std::uint64_t rows, std::vector<std::string>& notes);

    std::string layer_;
    std::optional<std::string> id_field_;
    RowName row_name_;
    std::vector<std::string> columns_;
    std::vector<std::size_t> watched_;
    std::vector<Candidate> candidates_;
};

}  // namespace rhumb::connector
