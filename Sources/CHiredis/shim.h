// Supports hiredis 0.14 and 1.x: the length of a formatted command is an int in the former, and a long long in the latter.
#ifndef COVER_BRIDGE_CHIREDIS_H
#define COVER_BRIDGE_CHIREDIS_H

#include <hiredis/hiredis.h>

static inline long long chiredis_format(char **target, int count, const char **arguments, const size_t *lengths) {
    return redisFormatCommandArgv(target, count, arguments, lengths);
}

#endif
