package avformat

/*
#include <stdlib.h>
#include "mux.h"
#include "remux.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"
	"unsafe"
)

// ErrNothing is told when a file holds nothing of the time wanted.
var ErrNothing = errors.New("nothing is recorded of that time")

// Remux copies what a file holds from one of its times to another into a new
// Matroska file, without coding anything again. It begins with the picture that is
// shown at from, or the key frame before it, and returns when that is. An existing
// file is overwritten.
func Remux(ctx context.Context, in, out string, from, to time.Duration, tags map[string]string) (begins time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("cut %s: %w", in, err)
	}
	i, o := C.CString("file:"+in), C.CString("file:"+out)
	defer C.free(unsafe.Pointer(i))
	defer C.free(unsafe.Pointer(o))
	list := make([]*C.char, 0, 2*len(tags)+1)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, C.CString(name), C.CString(tags[name]))
	}
	array := (**C.char)(C.calloc(C.size_t(len(list)+1), C.size_t(unsafe.Sizeof(list))))
	copy(unsafe.Slice(array, len(list)), list)
	defer func() {
		for _, s := range list {
			C.free(unsafe.Pointer(s))
		}
		C.free(unsafe.Pointer(array))
	}()
	stop := (*C.int)(C.calloc(1, C.size_t(unsafe.Sizeof(C.int(0)))))
	ended := make(chan struct{})
	quit := context.AfterFunc(ctx, func() {
		*stop = 1 // a C int that the copying looks at
		close(ended)
	})
	defer func() {
		if !quit() {
			<-ended
		}
		C.free(unsafe.Pointer(stop))
	}()
	var began C.int64_t
	code := C.remux(i, o, C.int64_t(from.Microseconds()), C.int64_t(to.Microseconds()), array, C.int(len(tags)), stop, &began)
	switch {
	case code >= 0:
		return time.Duration(began) * time.Microsecond, nil
	case ctx.Err() != nil:
		return 0, fmt.Errorf("cut %s: %w", in, ctx.Err())
	case C.mux_errno(code) != 0:
		return 0, syscall.Errno(C.mux_errno(code))
	case C.mux_is_end(code) != 0:
		return 0, ErrNothing
	}
	return 0, fmt.Errorf("cut %s: %s", in, errorText(code))
}
