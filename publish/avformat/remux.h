#ifndef STUDIO_AVFORMAT_REMUX_H
#define STUDIO_AVFORMAT_REMUX_H

#include <stdint.h>

/* Copies what a file holds from one time to another (microseconds of its own time)
 * into a new Matroska file, without coding anything again. Pictures begin with the
 * last key frame not after from. stop is looked at while it runs: another thread
 * sets it to end the copying. copied_from tells where the copy really begins. */
int remux(const char *in, const char *out, int64_t from, int64_t to,
          const char *const *tags, int tag_count, const volatile int *stop, int64_t *copied_from);

#endif
