#include "baseline.h"
#include "scan.h"

#include <string.h>

const uint8_t studio_zigzag[BLOCK] = {
	0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
	41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
	30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

// Says whether the code is the one that was read last.
static int known(const studio_code *code, const uint8_t *spec, int values) {
	return code->values == values && memcmp(code->spec, spec, 16 + (size_t)values) == 0;
}

static int read_code(studio_code *code, const uint8_t *spec, int values) {
	code->values = 0;
	int next = 0, value = 0;
	for (int length = 1; length <= 16; length++) {
		code->offset[length] = value - next;
		next += spec[length - 1];
		value += spec[length - 1];
		if (next > 1 << length) return 0;
		code->end[length] = next << (16 - length);
		next *= 2;
	}
	if (value != values || values == 0 || values > 256) return 0;
	memcpy(code->spec, spec, 16 + (size_t)values);
	code->values = values;
	return 1;
}

// A code's symbol and length; length 0 when no code is like that.
typedef struct {
	uint8_t symbol, length;
} symbol;

static symbol search(const studio_code *code, uint64_t bits) {
	const int32_t top = (int32_t)(bits >> 48);
	for (int length = 1; length <= 16; length++) {
		if (top < code->end[length]) {
			return (symbol){code->spec[16 + (top >> (16 - length)) + code->offset[length]], (uint8_t)length};
		}
	}
	return (symbol){0, 0};
}

// The symbols of all codes of at most SKIP_BITS bits by SKIP_BITS bits.
typedef struct {
	symbol by_bits[1 << SKIP_BITS];
} symbols;

static void spread(symbols *s, const studio_code *code) {
	int at = 0, value = 16;
	for (int length = 1; length <= SKIP_BITS; length++) {
		for (int i = 0; i < code->spec[length - 1]; i++) {
			const symbol one = {code->spec[value++], (uint8_t)length};
			for (int n = 1 << (SKIP_BITS - length); n > 0; n--) s->by_bits[at++] = one;
		}
	}
	memset(s->by_bits + at, 0, sizeof s->by_bits - (size_t)at * sizeof s->by_bits[0]);
}

// The value in the top size bits behind the code: T.81 figure F.12.
static int16_t value_of(uint64_t bits, int length, int size) {
	if (size == 0) return 0;
	const int v = (int)(bits << length >> (64 - size));
	return (int16_t)(v < 1 << (size - 1) ? v - (1 << size) + 1 : v);
}

int studio_dc_make(studio_dc *dc, const uint8_t *spec, int values) {
	if (known(&dc->code, spec, values)) return 1;
	if (!read_code(&dc->code, spec, values)) return 0;
	for (int i = 0; i < values; i++) {
		if (spec[16 + i] > 15) {
			dc->code.values = 0;
			return 0;
		}
	}
	for (uint64_t bits = 0; bits < 1 << DC_BITS; bits++) {
		const symbol s = search(&dc->code, bits << (64 - DC_BITS));
		const int enough = s.length != 0 && s.length <= DC_BITS;
		dc->steps[bits] = enough ? (studio_dc_step){(uint8_t)(s.length + s.symbol), s.symbol} : (studio_dc_step){0, 0};
	}
	return 1;
}

studio_dc_step studio_dc_search(const studio_code *code, uint64_t bits) {
	const symbol s = search(code, bits);
	return (studio_dc_step){(uint8_t)(s.length + s.symbol), s.symbol};
}

// An AC symbol holds how many zeros come first and how many bits the value has; no
// bits are the end of the block, or with 15 zeros a sixteenth: T.81 section F.1.2.2.
STUDIO_INLINE int zeros(symbol s) { return s.symbol >> 4; }
STUDIO_INLINE int value_bits(symbol s) { return s.symbol & 15; }
STUDIO_INLINE int is_end(symbol s) { return value_bits(s) == 0 && zeros(s) != 15; }

// As many symbols as these AC_BITS bits hold whole, but no more than two values.
static studio_ac_step ac_step(const symbols *s, uint64_t bits) {
	studio_ac_step step = {0};
	int drop = 0, ahead = 0, values = 0;
	while (drop < AC_BITS) {
		const symbol one = s->by_bits[bits << drop >> (64 - SKIP_BITS)];
		if (one.length == 0 || drop + one.length > AC_BITS) break;
		if (is_end(one)) {
			step.drop = (uint8_t)(drop + one.length);
			step.ahead = (uint8_t)(ahead + END);
			step.second = values < 2 ? (uint8_t)(ahead) : step.second;
			return step;
		}
		const int after = drop + one.length + value_bits(one);
		if (values == 2 || after > AC_BITS) break;
		const uint8_t place = (uint8_t)(ahead + zeros(one));
		if (values == 0) {
			step.first = place;
		} else {
			step.second = place;
		}
		step.value[values++] = value_of(bits << drop, one.length, value_bits(one));
		ahead = place + 1;
		drop = after;
	}
	step.drop = (uint8_t)drop;
	step.ahead = (uint8_t)ahead;
	if (values < 2) step.second = (uint8_t)ahead;
	return step;
}

int studio_ac_make(studio_ac *ac, const uint8_t *spec, int values) {
	if (known(&ac->code, spec, values)) return 1;
	if (!read_code(&ac->code, spec, values)) return 0;
	symbols s;
	spread(&s, &ac->code);
	for (uint64_t bits = 0; bits < 1 << AC_BITS; bits++) ac->steps[bits] = ac_step(&s, bits << (64 - AC_BITS));
	ac->skips_made = 0;
	return 1;
}

// As many symbols as have their codes within these SKIP_BITS bits; the last one's
// value may lie behind them.
static studio_skip_step skip_step(const symbols *s, uint64_t bits) {
	int drop = 0, ahead = 0;
	while (drop < SKIP_BITS) {
		const symbol one = s->by_bits[bits << drop >> (64 - SKIP_BITS)];
		if (one.length == 0 || drop + one.length > SKIP_BITS) break;
		if (is_end(one)) return (studio_skip_step){(uint8_t)(drop + one.length), (uint8_t)(ahead + END)};
		if (ahead + zeros(one) + 1 >= BLOCK) break;
		drop += one.length + value_bits(one);
		ahead += zeros(one) + 1;
	}
	return (studio_skip_step){(uint8_t)drop, (uint8_t)ahead};
}

void studio_ac_make_skips(studio_ac *ac) {
	if (ac->skips_made) return;
	symbols s;
	spread(&s, &ac->code);
	for (uint64_t bits = 0; bits < 1 << SKIP_BITS; bits++) {
		ac->skips[bits] = skip_step(&s, bits << (64 - SKIP_BITS));
	}
	ac->skips_made = 1;
}

studio_ac_step studio_ac_search(const studio_code *code, uint64_t bits) {
	const symbol s = search(code, bits);
	if (s.length == 0) return (studio_ac_step){0};
	if (is_end(s)) return (studio_ac_step){.drop = s.length, .ahead = END};
	return (studio_ac_step){
		.drop = (uint8_t)(s.length + value_bits(s)),
		.first = (uint8_t)zeros(s),
		.second = (uint8_t)(zeros(s) + 1),
		.ahead = (uint8_t)(zeros(s) + 1),
		.value = {value_of(bits, s.length, value_bits(s))},
	};
}
