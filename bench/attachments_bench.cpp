// SPDX-License-Identifier: Apache-2.0
//
// Row 26: photos of 256 KB kept in the geodatabase, by their SHA-256 and in chunks, against files
// in a folder that are synced one by one. And the memory that one long file takes.

#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/attachments/attachments.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"

#include <sys/resource.h>
#include <cstdio>
#include <memory>

namespace rhumb::bench {
namespace {

constexpr int kRounds = 7;
constexpr std::size_t kPhotos = 400;
constexpr std::size_t kPhotoBytes = 256 * 1024;
constexpr std::size_t kPhotosACommit = 50;
constexpr std::int64_t kLongBytes = std::int64_t{1} << 30;

/// Bytes that no two photos share.
class Photos {
public:
    Photos() : bytes_(kPhotoBytes, '\0') {
        std::uint32_t state = 12345;
        for (char& c : bytes_) {
            state = state * 1664525U + 1013904223U;
            c = static_cast<char>(state >> 24);
        }
    }
    std::string_view next() {
        ++number_;
        for (int i = 0; i < 8; ++i)
            bytes_[static_cast<std::size_t>(i)] = static_cast<char>(number_ >> (8 * i));
        return bytes_;
    }

private:
    std::string bytes_;
    std::uint64_t number_ = 0;
};

class Folder {
public:
    explicit Folder(std::filesystem::path path) : path_(std::move(path)) {}
    ~Folder() { clear(); }
    void clear() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    void write(Photos& photos) {
        std::filesystem::create_directories(path_);
        for (std::size_t i = 0; i < kPhotos; ++i) {
            FileWriter writer(file(i), FileWriter::Mode::Replace);
            writer.write(photos.next());
            writer.close_durably();
        }
    }
    std::size_t read() {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < kPhotos; ++i) {
            read_pieces(file(i), [&](std::string_view piece) {
                bytes += piece.size();
                return true;
            });
        }
        return bytes;
    }

private:
    std::filesystem::path file(std::size_t i) const { return path_ / std::to_string(i); }
    std::filesystem::path path_;
};

class Store {
public:
    explicit Store(std::filesystem::path path) : path_(std::move(path)) {}
    ~Store() { clear(); }
    void clear() {
        file_.reset();
        remove_database(path_);
    }
    void open() {
        clear();
        file_.emplace(geodb::Geodatabase::create(path_, world_.world()));
        file_->database().execute("PRAGMA journal_mode = WAL");
        attachments_.emplace(*file_);
        geodb::sqlite::Transaction transaction(file_->database());
        attachments_->make_tables();
        transaction.commit();
        kept_.clear();
    }
    void write(Photos& photos) {
        for (std::size_t i = 0; i < kPhotos;) {
            geodb::sqlite::Transaction transaction(file_->database());
            for (std::size_t n = 0; n < kPhotosACommit && i < kPhotos; ++n, ++i) {
                geodb::ContentStore::Writer writer(attachments_->contents(), 0);
                writer.add(photos.next());
                kept_.push_back(writer.finish().first);
            }
            transaction.commit();
        }
        file_->database().execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::size_t read() {
        std::size_t bytes = 0;
        for (const Sha256& hash : kept_) {
            attachments_->contents().read(hash, 0, static_cast<std::int64_t>(kPhotoBytes),
                                          [&](std::string_view piece) {
                                              bytes += piece.size();
                                              return true;
                                          });
        }
        return bytes;
    }
    void keep_long_file() {
        const std::string piece(1024 * 1024, 'x');
        Sha256 hash;
        {
            geodb::sqlite::Transaction transaction(file_->database());
            geodb::ContentStore::Writer writer(attachments_->contents(), 0);
            for (std::int64_t done = 0; done < kLongBytes; done += 1024 * 1024) writer.add(piece);
            hash = writer.finish().first;
            transaction.commit();
        }
        attachments_->contents().read(hash, 0, kLongBytes, [](std::string_view) { return true; });
    }

private:
    std::filesystem::path path_;
    BenchWorld world_;
    std::optional<geodb::Geodatabase> file_;
    std::optional<geodb::Attachments> attachments_;
    std::vector<Sha256> kept_;
};

void add_finding(const Desk& desk, const Rounds& rounds, std::size_t ours, const char* what,
                 double hard, double aim) {
    Finding finding;
    finding.row = "26";
    finding.what = what;
    finding.yardstick = "files, each synced";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(ours - 1);
    finding.ours = rounds.median_of(ours);
    finding.ratio = rounds.ratio(ours, ours - 1);
    finding.hard = hard;
    finding.aim = aim;
    desk.report.add(finding);
}

double peak_mb() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(const Desk& desk) {
    Photos photos;
    Folder folder(desk.file("attachment_files"));
    Store store(desk.file("attachments.gpkg"));
    const Rounds rounds(kRounds, {{"files", [&] { folder.write(photos); }, [&] { folder.clear(); }},
                                  {"store", [&] { store.write(photos); }, [&] { store.open(); }},
                                  {"read files", [&] { folder.read(); }},
                                  {"read store", [&] { store.read(); }}});
    add_finding(desk, rounds, 1, "400 photos of 256 KB written, with SHA-256", 1.2, 1.0);
    add_finding(desk, rounds, 3, "400 photos of 256 KB read", 3.0, 2.5);
    store.keep_long_file();
    Finding memory;
    memory.row = "26";
    memory.what = "peak memory, 1 GB written and read";
    memory.yardstick = "32 MB";
    memory.unit = "MB";
    memory.yardstick_value = 32;
    memory.ours = peak_mb();
    memory.ratio = memory.ours / 32;
    memory.hard = 1.0;
    memory.aim = 0.5;
    desk.report.add(memory);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
