// What the parts of the baseline decoder share.
#ifndef STUDIO_SCAN_H
#define STUDIO_SCAN_H

#include <stddef.h>
#include <stdint.h>

#define STUDIO_INLINE static inline __attribute__((always_inline))
#define STUDIO_LIKELY(x) __builtin_expect(!!(x), 1)
#define STUDIO_UNLIKELY(x) __builtin_expect(!!(x), 0)

enum {
	BLOCK = 64,
	LANES = 32,             // blocks that are transformed together
	TRASH = BLOCK * LANES,  // where coefficients go that nobody wants
	BATCH = TRASH + LANES,  // coefficients of LANES blocks, one after the other by place, then by block
	DC_BITS = 10,           // bits looked at at once for a DC difference,
	AC_BITS = 10,           // for two AC coefficients,
	SKIP_BITS = 12,         // and for as many as there are when nobody wants their values
	LONGEST = 16 + 15,      // bits of a code and the value behind it
	END = 128,              // what the end of a block adds to the place in it
	SLOTS = BLOCK + 2 * 16, // places that an entry can name, those behind the block's end too
};

// Natural order of the coefficients in a block: Rec. ITU-T T.81 figure A.6.
extern const uint8_t studio_zigzag[BLOCK];

// The standard tables for luminance and chrominance, as they would be in a file:
// 12 DC values each, 162 AC values.
extern const uint8_t *const studio_standard_dc[2], *const studio_standard_ac[2];

// A Huffman code, T.81 Annex C: per length, the codes' end, as 16 bits, and where
// their values are.
typedef struct {
	int values;
	uint8_t spec[16 + 256]; // counts by length, then values, as in the file
	int32_t end[17], offset[17];
} studio_code;

// What to do about the next bits, looked up by the first few of them. No bits to
// drop means that these few do not say: ask studio_dc_entry, studio_ac_entry.
typedef struct {
	uint8_t drop, size; // bits in all; bits of the difference, the last of these
} studio_dc_step;

// The one or two next coefficients: their places ahead of the present one, their
// values, and how far the place moves on (END more when the block ends). With
// none or one, the second is a zero behind the first: everywhere are zeros.
typedef struct {
	uint8_t drop, first, second, ahead;
	int16_t value[2];
} studio_ac_step;

// Coefficients passed over: as above.
typedef struct {
	uint8_t drop, ahead;
} studio_skip_step;

// The steps stand in front, where the processor need not add to find them.
typedef struct {
	studio_dc_step steps[1 << DC_BITS];
	studio_code code;
} studio_dc;

typedef struct {
	studio_ac_step steps[1 << AC_BITS];
	studio_skip_step skips[1 << SKIP_BITS];
	studio_code code;
	int skips_made;
} studio_ac;

// Make the tables for a code, unless it is the one they are for. Return 0 when it
// is no code.
int studio_dc_make(studio_dc *dc, const uint8_t *spec, int values);
int studio_ac_make(studio_ac *ac, const uint8_t *spec, int values);
void studio_ac_make_skips(studio_ac *ac);

// The next step by a search instead of a look-up, one symbol. bits begin with the
// code and have LONGEST bits. No bits to drop: there is no such code.
studio_dc_step studio_dc_search(const studio_code *code, uint64_t bits);
studio_ac_step studio_ac_search(const studio_code *code, uint64_t bits);

// Bits of the coded data, first one on top; count of them are valid.
typedef struct {
	uint64_t bits;
	int count;
	const uint8_t *next;
} studio_reader;

// One block of an MCU.
typedef struct {
	const studio_dc *dc;
	const studio_ac *ac;
	int16_t *prediction;
	const uint16_t *slots; // where in the batch a coefficient goes, by place
	int16_t *at;           // the block's lane
	int lanes;             // to its lane in the next MCU
	int last;              // place of the last coefficient that is wanted
} studio_block;

// Reads count MCUs of so many blocks into their lanes and moves these on. Stops
// and returns 0 at data that make no sense or when more than a few bytes behind
// end have been read: 4096 bytes there must be readable.
int studio_read_mcus(studio_reader *reader, const uint8_t *end, studio_block *block, int blocks, int count);

// Whether a block of this size is made from all coefficients, or from the four
// lowest: see the package comment.
STUDIO_INLINE int studio_wants_all(int width, int height) { return width > 2 || height > 2; }

// Takes a batch of coefficients to levels, width×height of each block, side by
// side in rows of width×LANES bytes, and clears what it has read. The quantiser's
// steps are in natural order.
void studio_inverse(int16_t *batch, const uint8_t steps[BLOCK], int width, int height, uint8_t *out, ptrdiff_t stride);

#endif
