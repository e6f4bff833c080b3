// The part of SQLite that Swift cannot import: a macro that is a cast to a function pointer.
#ifndef COVER_BRIDGE_CSQLITE_H
#define COVER_BRIDGE_CSQLITE_H

#include <sqlite3.h>

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

#endif
