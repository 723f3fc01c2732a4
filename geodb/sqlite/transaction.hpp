// SPDX-License-Identifier: Apache-2.0
//
// All or nothing: what is not committed is rolled back when the scope ends.

#pragma once

#include "geodb/sqlite/database.hpp"

#include <string>

namespace rhumb::geodb::sqlite {

class Transaction {
public:
    /// A writer begins Immediate, so that it waits for the lock at the start and not halfway.
    enum Kind { Deferred, Immediate };
    explicit Transaction(Database& database, Kind kind = Immediate);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// May throw (a full disk shows here); the destructor then still rolls back.
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

/// A part of a transaction that can be taken back alone.
class Savepoint {
public:
    explicit Savepoint(Database& database);
    Savepoint(const Savepoint&) = delete;
    Savepoint& operator=(const Savepoint&) = delete;
    ~Savepoint();
    void keep();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace rhumb::geodb::sqlite
