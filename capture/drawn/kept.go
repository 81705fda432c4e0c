package drawn

import (
	"sync"

	"studio/media/picture"
)

// sizesKept is for how many picture sizes things are kept: a canvas or two, an
// inset, a tile, a thumbnail. Making one of them again costs milliseconds.
const sizesKept = 6

// kept keeps what was made for a picture size, for the sizes used last. Whoever
// asks for a size while it is made waits; whoever asks for another one does not.
type kept[T any] struct {
	mu      sync.Mutex
	entries []keptEntry[T] // the one used last is at the end
}

type keptEntry[T any] struct {
	size picture.Size
	made func() T
}

func (k *kept[T]) get(size picture.Size, build func(picture.Size) T) T {
	return k.entry(size, build)()
}

func (k *kept[T]) entry(size picture.Size, build func(picture.Size) T) func() T {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, e := range k.entries {
		if e.size == size {
			copy(k.entries[i:], k.entries[i+1:])
			k.entries[len(k.entries)-1] = e
			return e.made
		}
	}
	if len(k.entries) == sizesKept {
		copy(k.entries, k.entries[1:])
		k.entries = k.entries[:sizesKept-1]
	}
	made := sync.OnceValue(func() T { return build(size) })
	k.entries = append(k.entries, keptEntry[T]{size, made})
	return made
}
