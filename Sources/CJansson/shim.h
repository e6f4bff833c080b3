// The parts of jansson that Swift cannot import: macros and static inlines, wrapped as functions.
#ifndef COVER_BRIDGE_CJANSSON_H
#define COVER_BRIDGE_CJANSSON_H

#include <jansson.h>

static inline json_type cjansson_typeof(const json_t *json) { return json_typeof(json); }

static inline enum json_error_code cjansson_error_code(const json_error_t *error) { return json_error_code(error); }

#endif
