// The part of zlib that Swift cannot import: the macro that starts inflating.
#ifndef COVER_BRIDGE_CZLIB_H
#define COVER_BRIDGE_CZLIB_H

#include <zlib.h>

static inline int czlib_inflate_init(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }

#endif
