// PCRE2 for texts in UTF-8.
#ifndef COVER_BRIDGE_CPCRE2_H
#define COVER_BRIDGE_CPCRE2_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#endif
