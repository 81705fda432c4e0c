// A decoder for what cameras send: baseline JPEG (Rec. ITU-T T.81: sequential,
// Huffman, 8 bit) in one scan. The package comment says how it works and why.
#ifndef STUDIO_BASELINE_H
#define STUDIO_BASELINE_H

#include <stddef.h>
#include <stdint.h>

// A Huffman table: where in the data its 16 counts and its values begin, and how
// many values there are; none for the standard table (T.81 Annex K.3).
typedef struct {
	int32_t at, values;
} studio_table;

// A component as the headers describe it, and what is wanted of it: the size to
// which each of its blocks of 8×8 is brought, 8, 4, 2 or 1 each way, and the plane
// in which they go side by side. No byte beyond its width and height is touched.
typedef struct {
	int32_t across, down; // sampling factors, 1 or 2: blocks in an MCU
	int32_t steps;        // where in the data the quantiser's 64 steps begin
	int32_t dc, ac;       // its tables, 0 or 1
	int32_t block_width, block_height;
	int32_t width, height, stride;
} studio_component;

// A frame whose headers have been read and checked.
typedef struct {
	int32_t width, height; // pixels
	int32_t restart;       // MCUs between two restart markers, 0 for none
	int32_t scan;          // where in the data the coded ones begin
	int32_t components;    // 1 or 3
	studio_component component[3];
	studio_table dc[2], ac[2];
} studio_frame;

typedef struct studio_baseline studio_baseline;

// Returns NULL when there is no memory.
studio_baseline *studio_baseline_new(void);
void studio_baseline_free(studio_baseline *b);

// Decodes a frame to its planes, in the levels that it has. Returns 1 when all of
// it was there, down to the end marker, or 0: then the planes hold no picture, and
// nothing is said about why.
int studio_baseline_decode(studio_baseline *b, const uint8_t *data, size_t size, const studio_frame *frame, uint8_t *y,
                           uint8_t *u, uint8_t *v);

#endif
