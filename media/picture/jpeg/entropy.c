#include "scan.h"

#include <string.h>

// Fills the reader up to 56 bits or more. Bits below count may already be there:
// they are the same ones.
STUDIO_INLINE studio_reader filled(studio_reader r) {
	uint64_t more;
	memcpy(&more, r.next, sizeof more);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	more = __builtin_bswap64(more);
#endif
	r.bits |= more >> r.count;
	r.next += (63 - r.count) >> 3;
	r.count |= 56;
	return r;
}

STUDIO_INLINE studio_reader drop(studio_reader r, int bits) {
	r.bits <<= bits;
	r.count -= bits;
	return r;
}

// A block is read from and to this.
typedef struct {
	studio_reader r;
	unsigned place; // of the next coefficient, END more when the block has ended
} progress;

// How a block may end: with its last place, or by an end in front of it. Anything
// else is no block, or a step that went on into the next one.
STUDIO_INLINE int whole(unsigned place) { return place == BLOCK || place - END < BLOCK; }

// Reads a DC difference. The value is worked out from the bits, as all that the
// next step waits for is how many there are.
STUDIO_INLINE studio_reader read_dc(studio_reader r, const studio_block *b, int *known) {
	studio_dc_step step = b->dc->steps[r.bits >> (64 - DC_BITS)];
	if (STUDIO_UNLIKELY(step.drop == 0)) {
		step = studio_dc_search(&b->dc->code, r.bits);
		if (step.drop == 0) {
			*known = 0;
			return r;
		}
	}
	const int most = (1 << step.size) - 1;
	int difference = (int)(r.bits >> (64 - step.drop)) & most;
	difference -= difference <= most / 2 ? most : 0;
	*b->prediction = (int16_t)(*b->prediction + difference);
	b->at[0] = *b->prediction;
	return drop(r, step.drop);
}

// Reads one or two AC coefficients. Needs AC_BITS bits, and may leave as many less.
STUDIO_INLINE progress read_ac(progress p, const studio_block *b, int *known) {
	studio_ac_step step = b->ac->steps[p.r.bits >> (64 - AC_BITS)];
	if (STUDIO_UNLIKELY(step.drop == 0)) {
		p.r = filled(p.r);
		step = studio_ac_search(&b->ac->code, p.r.bits);
		if (step.drop == 0) {
			*known = 0;
			p.place = END;
			return p;
		}
	}
	b->at[b->slots[p.place + step.first]] = step.value[0];
	b->at[b->slots[p.place + step.second]] = step.value[1];
	p.place += step.ahead;
	p.r = drop(p.r, step.drop);
	return p;
}

// Passes over coefficients, and over nothing once the block has ended: two of these
// in a row cost less than finding out whether the second is due, which the
// processor cannot guess.
STUDIO_INLINE progress skip_ac(progress p, const studio_block *b) {
	const studio_skip_step step = b->ac->skips[p.r.bits >> (64 - SKIP_BITS)];
	const int due = p.place < BLOCK ? -1 : 0;
	p.place += step.ahead & due;
	p.r = drop(p.r, step.drop & due);
	return p;
}

// Reads the AC coefficients of a block one by one: for the few blocks whose last
// step had symbols of the next block in it, for codes that are not in the tables,
// and for damage, which it tells from these.
static __attribute__((noinline)) studio_reader read_exactly(uint64_t bits, int count, const uint8_t *next,
                                                            const studio_block *b, int *known) {
	progress p = {{bits, count, next}, 1};
	while (p.place < BLOCK) {
		p.r = filled(p.r);
		const studio_ac_step step = studio_ac_search(&b->ac->code, p.r.bits);
		if (step.drop == 0) break;
		b->at[b->slots[p.place + step.first]] = step.value[0];
		p.place += step.ahead;
		p.r = drop(p.r, step.drop);
	}
	*known &= whole(p.place);
	return p.r;
}

STUDIO_INLINE studio_reader read_block(studio_reader r, const studio_block *b, int *known) {
	progress p = {read_dc(filled(r), b, known), 1};
	// Of 56 bits the difference took LONGEST at most: enough for two steps.
	const studio_reader begin = p.r;
	const unsigned last = (unsigned)b->last;
	if (last == BLOCK - 1) {
		for (;;) {
			p = read_ac(p, b, known);
			if (p.place >= BLOCK) break;
			p = read_ac(p, b, known);
			if (p.place >= BLOCK) break;
			p.r = filled(p.r);
		}
	} else {
		if (last > 0) {
			p = read_ac(p, b, known);
			if (last > 1 && p.place <= last) {
				p = read_ac(p, b, known);
				while (p.place <= last) {
					p.r = filled(p.r);
					p = read_ac(p, b, known);
				}
			}
		}
		for (unsigned before = 0; p.place < BLOCK && p.place != before;) {
			before = p.place;
			p.r = filled(p.r);
			p = skip_ac(p, b);
			p = skip_ac(p, b);
		}
	}
	if (STUDIO_UNLIKELY(!whole(p.place))) return read_exactly(begin.bits, begin.count, begin.next, b, known);
	return p.r;
}

int studio_read_mcus(studio_reader *reader, const uint8_t *end, studio_block *block, int blocks, int count) {
	studio_reader r = *reader;
	int known = 1;
	while (count-- > 0 && known && r.next < end + 64) {
		for (studio_block *b = block; b < block + blocks; b++) {
			r = read_block(r, b, &known);
			b->at += b->lanes;
		}
	}
	*reader = r;
	return known && count < 0;
}
