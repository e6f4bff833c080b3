// The parts of SQLite that Swift cannot import: a macro that is a cast to a function pointer, and the methods of the
// file of a database, which are optional.
#ifndef COVER_BRIDGE_CSQLITE_H
#define COVER_BRIDGE_CSQLITE_H

#include <sqlite3.h>

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline sqlite3_file *csqlite_file(sqlite3 *database) {
    sqlite3_file *file = 0;
    int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    // Only version 2 of the methods has those of the shared memory.
    return code == SQLITE_OK && file && file->pMethods && file->pMethods->iVersion >= 2 ? file : 0;
}

// The start of the memory that the processes share as the index of the log; null if there is none.
static inline void *csqlite_log_index(sqlite3 *database) {
    sqlite3_file *file = csqlite_file(database);
    void volatile *start = 0;
    if (!file || file->pMethods->xShmMap(file, 0, 32768, 0, &start) != SQLITE_OK) return 0;
    return (void *)start;
}

// Takes or releases the locks of a writer of the log and of a checkpoint. It does not wait.
static inline int csqlite_lock_log(sqlite3 *database, int is_taken) {
    sqlite3_file *file = csqlite_file(database);
    int action = is_taken ? SQLITE_SHM_LOCK : SQLITE_SHM_UNLOCK;
    return file ? file->pMethods->xShmLock(file, 0, 2, action | SQLITE_SHM_EXCLUSIVE) : SQLITE_ERROR;
}

#endif
