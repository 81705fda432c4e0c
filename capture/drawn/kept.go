package drawn

import "studio/media/picture"

// sizesKept is for how many picture sizes things are kept: a canvas or two, an
// inset, a tile, a thumbnail. Making one of them again costs a few milliseconds.
const sizesKept = 6

// kept keeps what was made for a picture size, for the sizes used last. The
// zero value is empty; its user locks it.
type kept[T any] struct {
	entries []keptEntry[T] // the one used last is at the end
}

type keptEntry[T any] struct {
	size  picture.Size
	value T
}

func (k *kept[T]) get(size picture.Size, build func() T) T {
	for i, e := range k.entries {
		if e.size == size {
			copy(k.entries[i:], k.entries[i+1:])
			k.entries[len(k.entries)-1] = e
			return e.value
		}
	}
	e := keptEntry[T]{size, build()}
	if len(k.entries) == sizesKept {
		copy(k.entries, k.entries[1:])
		k.entries = k.entries[:sizesKept-1]
	}
	k.entries = append(k.entries, e)
	return e.value
}
