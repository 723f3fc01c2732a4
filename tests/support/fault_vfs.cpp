// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_vfs.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <new>

namespace rhumb::test {
namespace {

using Verdict = FaultVfs::Verdict;

sqlite3_vfs* real = nullptr;

/// What SQLite allocates for each file; that of the real VFS stands right behind it.
struct ShimFile {
    sqlite3_file base;
    std::string* path;  ///< nullptr: not told by name
    sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    bool watched() const { return path != nullptr && FaultVfs::instance().watches(*path); }
};

ShimFile& shim(sqlite3_file* file) {
    return *reinterpret_cast<ShimFile*>(file);
}
sqlite3_file* inner(sqlite3_file* file) {
    return shim(file).inner();
}
bool is_dead(sqlite3_file* file) {
    return FaultVfs::instance().dead() && shim(file).watched();
}

Verdict judge(sqlite3_file* file) {
    return shim(file).watched() ? FaultVfs::instance().judge() : Verdict::Do;
}

/// Notes what `size` bytes from `offset` hold, before they change.
void keep_book(sqlite3_file* file, sqlite3_int64 offset, sqlite3_int64 bytes) {
    if (!shim(file).watched() || !FaultVfs::instance().keeps_book()) return;
    sqlite3_int64 size = 0;
    inner(file)->pMethods->xFileSize(inner(file), &size);
    const sqlite3_int64 there = std::max<sqlite3_int64>(0, std::min(bytes, size - offset));
    std::string before(static_cast<std::size_t>(there), '\0');
    inner(file)->pMethods->xRead(inner(file), before.data(), static_cast<int>(there), offset);
    FaultVfs::instance().remember(*shim(file).path, offset, std::move(before), size);
}

int do_close(sqlite3_file* file) {
    const int code = inner(file)->pMethods->xClose(inner(file));
    delete shim(file).path;
    return code;
}
int do_read(sqlite3_file* file, void* into, int count, sqlite3_int64 offset) {
    if (is_dead(file)) return SQLITE_IOERR_READ;
    return inner(file)->pMethods->xRead(inner(file), into, count, offset);
}
int do_write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
    const bool dead = is_dead(file);
    if (!dead) keep_book(file, offset, count);
    switch (judge(file)) {
        case Verdict::Fail:
            return SQLITE_IOERR_WRITE;
        case Verdict::DoHalf:
            inner(file)->pMethods->xWrite(inner(file), from, count / 2, offset);
            return SQLITE_IOERR_WRITE;
        case Verdict::Do:
            break;
    }
    return inner(file)->pMethods->xWrite(inner(file), from, count, offset);
}
int do_truncate(sqlite3_file* file, sqlite3_int64 size) {
    if (!is_dead(file)) {
        sqlite3_int64 old = 0;
        inner(file)->pMethods->xFileSize(inner(file), &old);
        keep_book(file, size, old - size);
    }
    if (judge(file) != Verdict::Do) return SQLITE_IOERR_TRUNCATE;
    return inner(file)->pMethods->xTruncate(inner(file), size);
}
int do_sync(sqlite3_file* file, int) {
    if (judge(file) != Verdict::Do) return SQLITE_IOERR_FSYNC;
    if (shim(file).watched()) FaultVfs::instance().forget(*shim(file).path);
    return SQLITE_OK;
}
int do_file_size(sqlite3_file* file, sqlite3_int64* size) {
    return inner(file)->pMethods->xFileSize(inner(file), size);
}
int do_lock(sqlite3_file* file, int level) {
    return inner(file)->pMethods->xLock(inner(file), level);
}
int do_unlock(sqlite3_file* file, int level) {
    return inner(file)->pMethods->xUnlock(inner(file), level);
}
int do_check_lock(sqlite3_file* file, int* out) {
    return inner(file)->pMethods->xCheckReservedLock(inner(file), out);
}
int do_control(sqlite3_file* file, int what, void* argument) {
    return inner(file)->pMethods->xFileControl(inner(file), what, argument);
}
int do_sector_size(sqlite3_file* file) {
    return inner(file)->pMethods->xSectorSize(inner(file));
}
int do_characteristics(sqlite3_file* file) {
    return inner(file)->pMethods->xDeviceCharacteristics(inner(file));
}
int do_shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    if (is_dead(file)) return SQLITE_IOERR_SHMMAP;
    return inner(file)->pMethods->xShmMap(inner(file), page, size, extend, out);
}
int do_shm_lock(sqlite3_file* file, int offset, int n, int flags) {
    return inner(file)->pMethods->xShmLock(inner(file), offset, n, flags);
}
void do_shm_barrier(sqlite3_file* file) {
    inner(file)->pMethods->xShmBarrier(inner(file));
}
int do_shm_unmap(sqlite3_file* file, int remove) {
    return inner(file)->pMethods->xShmUnmap(inner(file), remove);
}

/// Version 2: write-ahead logs, but no memory maps, whose writes nobody could count.
const sqlite3_io_methods kMethods{2,
                                  do_close,
                                  do_read,
                                  do_write,
                                  do_truncate,
                                  do_sync,
                                  do_file_size,
                                  do_lock,
                                  do_unlock,
                                  do_check_lock,
                                  do_control,
                                  do_sector_size,
                                  do_characteristics,
                                  do_shm_map,
                                  do_shm_lock,
                                  do_shm_barrier,
                                  do_shm_unmap,
                                  nullptr,
                                  nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    ShimFile& made = *new (file) ShimFile{};
    if (name != nullptr) made.path = new std::string(name);
    if (is_dead(file)) {
        delete made.path;
        return SQLITE_CANTOPEN;
    }
    const int code = real->xOpen(real, name, made.inner(), flags, out_flags);
    if (code == SQLITE_OK) {
        made.base.pMethods = &kMethods;
    } else {
        delete made.path;
    }
    return code;
}

int remove_file(sqlite3_vfs*, const char* name, int) {
    FaultVfs& faults = FaultVfs::instance();
    if (faults.watches(name)) {
        if (faults.judge() != Verdict::Do) return SQLITE_IOERR_DELETE;
        faults.forget(name);
    }
    return real->xDelete(real, name, 0);
}

}  // namespace

std::string_view name_of(DiskFault fault) {
    switch (fault) {
        case DiskFault::Killed:
            return "killed";
        case DiskFault::Torn:
            return "torn write";
        case DiskFault::LostSync:
            return "lost sync";
    }
    return "?";
}

FaultVfs& FaultVfs::instance() {
    static FaultVfs one;
    return one;
}

FaultVfs::FaultVfs() {
    real = sqlite3_vfs_find(nullptr);
    static sqlite3_vfs vfs;
    vfs = *real;  // what is not about files' content is the real one's
    vfs.zName = "rhumb-fault";
    vfs.pNext = nullptr;
    vfs.szOsFile = static_cast<int>(sizeof(ShimFile)) + real->szOsFile;
    vfs.xOpen = open_file;
    vfs.xDelete = remove_file;
    sqlite3_vfs_register(&vfs, 1);
}

void FaultVfs::watch(const std::filesystem::path& database) {
    watched_ = database.string();
    calls_ = 0;
    armed_ = false;
    dead_ = false;
    undo_.clear();
}

void FaultVfs::fail_at(const std::filesystem::path& database, int n, DiskFault fault) {
    watch(database);
    armed_ = true;
    fail_at_ = n;
    fault_ = fault;
}

bool FaultVfs::watches(const std::string& path) const {
    if (watched_.empty() || !path.starts_with(watched_)) return false;
    const std::string_view rest = std::string_view(path).substr(watched_.size());
    return rest.empty() || rest == "-wal" || rest == "-journal";
}

FaultVfs::Verdict FaultVfs::judge() {
    if (dead_) return Verdict::Fail;
    const int n = calls_++;
    if (!armed_ || n != fail_at_) return Verdict::Do;
    dead_ = true;
    return fault_ == DiskFault::Torn ? Verdict::DoHalf : Verdict::Fail;
}

void FaultVfs::remember(const std::string& path, long long offset, std::string bytes,
                        long long size) {
    undo_.push_back({path, offset, std::move(bytes), size});
}

void FaultVfs::forget(const std::string& path) {
    std::erase_if(undo_, [&](const Undo& undo) { return undo.path == path; });
}

void FaultVfs::revive() {
    if (dead_) {
        for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
            const int file = ::open(undo->path.c_str(), O_RDWR | O_CLOEXEC);
            if (file < 0) continue;
            const auto count = static_cast<ssize_t>(undo->bytes.size());
            const bool put =
                ::pwrite(file, undo->bytes.data(), undo->bytes.size(), undo->offset) == count &&
                ::ftruncate(file, undo->size) == 0;
            ::close(file);
            if (!put) std::abort();
        }
    }
    watch({});
}

}  // namespace rhumb::test
