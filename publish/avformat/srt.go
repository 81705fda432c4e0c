package avformat

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>

// libavformat brings libsrt with it; its header need not be there to build.
static void quiet_srt(void) {
	void (*set_level)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "srt_setloglevel");
	if (set_level) set_level(2); // LOG_CRIT
}
*/
import "C"

// quietSRT keeps libsrt from writing a line to stderr for each refusal: the
// supervisor says it in its own words, and no oftener than need be.
func quietSRT() { C.quiet_srt() }
