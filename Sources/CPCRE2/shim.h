// PCRE2 for byte patterns. Its function names are macros that paste this width; Swift sees the _8 names.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
