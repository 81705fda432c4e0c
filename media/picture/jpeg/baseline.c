#include "baseline.h"

#include "scan.h"

#include <stdlib.h>
#include <string.h>

enum {
	AHEAD = 4096,            // zeros behind the coded data: more than one MCU can take
	MCUS = LANES / 2,        // read in one go
	MOST_BLOCKS = 3 * 2 * 2, // in an MCU
	END_OF_IMAGE = 0xd9,     // second bytes of markers, T.81 table B.1
	RESTART_0 = 0xd0,
};

// A component while it is decoded.
typedef struct {
	const studio_component *is;
	uint8_t *pixels;
	uint8_t steps[BLOCK];                                 // of the quantiser, natural order
	uint16_t slots[SLOTS];
	int16_t prediction;
	int x, y;                                             // where the batches go in the plane
	int lanes;                                            // that they have so far
	int16_t batch[2][BATCH] __attribute__((aligned(64))); // one for each row of blocks in an MCU
} component;

struct studio_baseline {
	studio_dc dc[2];
	studio_ac ac[2];
	component component[3];
	uint8_t levels[8 * 8 * LANES] __attribute__((aligned(64))); // of a batch at the plane's edge
	uint8_t *coded;                                             // the data between two markers, without stuffing
	size_t room;
};

studio_baseline *studio_baseline_new(void) {
	studio_baseline *b = aligned_alloc(64, (sizeof *b + 63) / 64 * 64);
	if (b != NULL) memset(b, 0, sizeof *b);
	return b;
}

void studio_baseline_free(studio_baseline *b) {
	if (b == NULL) return;
	free(b->coded);
	free(b);
}

static int make_room(studio_baseline *b, size_t size) {
	const size_t need = size + AHEAD;
	if (b->room >= need) return 1;
	uint8_t *more = realloc(b->coded, need + need / 4);
	if (more == NULL) return 0;
	b->coded = more;
	b->room = need + need / 4;
	return 1;
}

static int make_tables(studio_baseline *b, const uint8_t *data, const studio_frame *f) {
	for (int i = 0; i < 2; i++) {
		const studio_table dc = f->dc[i], ac = f->ac[i];
		if (!studio_dc_make(&b->dc[i], dc.values ? data + dc.at : studio_standard_dc[i], dc.values ? dc.values : 12)) return 0;
		if (!studio_ac_make(&b->ac[i], ac.values ? data + ac.at : studio_standard_ac[i], ac.values ? ac.values : 162)) return 0;
	}
	return 1;
}

static void start_component(component *c, const studio_component *is, const uint8_t *data, uint8_t *pixels) {
	c->is = is;
	c->pixels = pixels;
	c->x = c->y = c->lanes = 0;
	const int all = studio_wants_all(is->block_width, is->block_height);
	for (int place = 0; place < SLOTS; place++) {
		const int natural = place < BLOCK ? studio_zigzag[place] : BLOCK;
		const int wanted = natural < BLOCK && (all || (natural % 8 < 2 && natural / 8 < 2));
		c->slots[place] = (uint16_t)(wanted ? natural * LANES : TRASH);
	}
	for (int place = 0; place < BLOCK; place++) c->steps[studio_zigzag[place]] = data[is->steps + place];
	memset(c->batch, 0, sizeof c->batch);
}

// The last place in a block whose coefficient bears on what is wanted of it.
static int last_place(const studio_component *c) {
	if (studio_wants_all(c->block_width, c->block_height)) return BLOCK - 1;
	if (c->block_height == 2) return c->block_width == 2 ? 4 : 2;
	return c->block_width == 2 ? 1 : 0;
}

// Lists the blocks of an MCU in the data's order.
static int list_blocks(studio_baseline *b, const studio_frame *f, studio_block *blocks) {
	int n = 0;
	for (int i = 0; i < f->components; i++) {
		component *c = &b->component[i];
		studio_ac *ac = &b->ac[c->is->ac];
		const int last = last_place(c->is);
		if (last < BLOCK - 1) studio_ac_make_skips(ac);
		for (int k = 0; k < c->is->down * c->is->across; k++) {
			blocks[n++] = (studio_block){
				.dc = &b->dc[c->is->dc],
				.ac = ac,
				.prediction = &c->prediction,
				.slots = c->slots,
				.lanes = c->is->across,
				.last = last,
			};
		}
	}
	return n;
}

static void place_blocks(studio_baseline *b, const studio_frame *f, studio_block *block) {
	for (int i = 0; i < f->components; i++) {
		component *c = &b->component[i];
		for (int row = 0; row < c->is->down; row++) {
			for (int column = 0; column < c->is->across; column++) block++->at = c->batch[row] + c->lanes + column;
		}
	}
}

// Takes the data up to the next marker out of their stuffing (T.81 section B.1.1.5)
// and puts zeros behind them. Returns where the marker's second byte is, or NULL.
static const uint8_t *unstuff(studio_baseline *b, const uint8_t *from, const uint8_t *end, size_t *length) {
	uint8_t *to = b->coded;
	while (from < end) {
		const uint8_t *ff = memchr(from, 0xff, (size_t)(end - from));
		if (ff == NULL || ff + 1 == end) return NULL;
		memcpy(to, from, (size_t)(ff - from));
		to += ff - from;
		from = ff + 1;
		if (*from == 0xff) continue; // a fill byte
		if (*from != 0) {
			memset(to, 0, AHEAD);
			*length = (size_t)(to - b->coded);
			return from;
		}
		*to++ = 0xff;
		from++;
	}
	return NULL;
}

// Transforms the batches of a component into its plane, the last of a row of MCUs
// or full ones, and goes on to the next place.
static void put_batches(studio_baseline *b, component *c, int end_of_row) {
	const int width = c->is->block_width, height = c->is->block_height;
	for (int row = 0; row < c->is->down; row++) {
		const int y = c->y + row * height;
		const int columns = c->lanes * width < c->is->width - c->x ? c->lanes * width : c->is->width - c->x;
		const int lines = height < c->is->height - y ? height : c->is->height - y;
		uint8_t *const to = c->pixels + (ptrdiff_t)y * c->is->stride + c->x;
		if (columns == LANES * width && lines == height) {
			studio_inverse(c->batch[row], c->steps, width, height, to, c->is->stride);
			continue;
		}
		studio_inverse(c->batch[row], c->steps, width, height, b->levels, LANES * width);
		for (int i = 0; i < lines && columns > 0; i++) {
			memcpy(to + (ptrdiff_t)i * c->is->stride, b->levels + i * LANES * width, (size_t)columns);
		}
	}
	c->x += c->lanes * width;
	c->lanes = 0;
	if (end_of_row) {
		c->x = 0;
		c->y += c->is->down * height;
	}
}

static int least(int a, int b) { return a < b ? a : b; }

int studio_baseline_decode(studio_baseline *b, const uint8_t *data, size_t size, const studio_frame *f, uint8_t *y,
                           uint8_t *u, uint8_t *v) {
	if (!make_room(b, size) || !make_tables(b, data, f)) return 0;
	uint8_t *const pixels[3] = {y, u, v};
	int across = 1, down = 1;
	for (int i = 0; i < f->components; i++) {
		start_component(&b->component[i], &f->component[i], data, pixels[i]);
		across = f->component[i].across > across ? f->component[i].across : across;
		down = f->component[i].down > down ? f->component[i].down : down;
	}
	studio_block blocks[MOST_BLOCKS];
	const int count = list_blocks(b, f, blocks);

	const int columns = (f->width + 8 * across - 1) / (8 * across), mcus = columns * ((f->height + 8 * down - 1) / (8 * down));
	const int interval = f->restart ? f->restart : mcus;
	const uint8_t *at = data + f->scan, *const end = data + size;
	studio_reader reader = {0};
	size_t length = 0;
	for (int mcu = 0, n; mcu < mcus; mcu += n) {
		if (mcu % interval == 0) {
			if (mcu > 0 && *at++ != RESTART_0 + (mcu / interval - 1) % 8) return 0;
			at = unstuff(b, at, end, &length);
			if (at == NULL) return 0;
			reader = (studio_reader){.next = b->coded};
			for (int i = 0; i < f->components; i++) b->component[i].prediction = 0;
		}
		const int column = mcu % columns;
		n = least(least(MCUS - column % MCUS, columns - column), interval - mcu % interval);
		place_blocks(b, f, blocks);
		if (!studio_read_mcus(&reader, b->coded + length, blocks, count, n)) return 0;
		for (int i = 0; i < f->components; i++) {
			component *c = &b->component[i];
			c->lanes += n * c->is->across;
			if (c->lanes == LANES || column + n == columns) put_batches(b, c, column + n == columns);
		}
		if ((mcu + n) % interval == 0 || mcu + n == mcus) {
			const ptrdiff_t left = (ptrdiff_t)length * 8 - ((reader.next - b->coded) * 8 - reader.count);
			// Behind the last MCU there may be padding.
			if (left < 0 || (left >= 8 && mcu + n < mcus)) return 0;
		}
	}
	return *at == END_OF_IMAGE;
}
