package screen

// #cgo pkg-config: sdl2
// #include <stdlib.h>
// #include <SDL.h>
import "C"

import (
	"fmt"
	"unsafe"

	"studio/media/picture"
	"studio/publish"
)

// screen is an open window and the texture that pictures go through.
type screen struct {
	window   *C.SDL_Window
	renderer *C.SDL_Renderer
	texture  *C.SDL_Texture
	place    C.SDL_Rect // of the picture in the window
}

func open(wish string, size picture.Size) (s *screen, err error) {
	for name, value := range map[string]string{
		C.SDL_HINT_NO_SIGNAL_HANDLERS:                 "1",
		C.SDL_HINT_VIDEO_ALLOW_SCREENSAVER:            "0",
		C.SDL_HINT_VIDEO_MINIMIZE_ON_FOCUS_LOSS:       "0", // who touches the kiosk beside it takes the focus
		C.SDL_HINT_WINDOW_NO_ACTIVATION_WHEN_SHOWN:    "1",
		C.SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR: "1",
		C.SDL_HINT_RENDER_SCALE_QUALITY:               "linear",
	} {
		hint(name, value)
	}
	if C.SDL_Init(C.SDL_INIT_VIDEO) != 0 {
		return nil, noDisplay(C.GoString(C.SDL_GetError()))
	}
	s = &screen{}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	switch driver := C.GoString(C.SDL_GetCurrentVideoDriver()); driver {
	case "offscreen", "dummy": // SDL's last resort draws where nobody sees it
		return s, noDisplay("no driver found one")
	}
	at, whole, err := choose(displays(), wish)
	if err != nil {
		return s, err
	}
	return s, s.prepare(at, whole, size)
}

func (s *screen) prepare(at picture.Rect, whole bool, size picture.Size) error {
	title := C.CString("studio: programme")
	defer C.free(unsafe.Pointer(title))
	flags := C.Uint32(C.SDL_WINDOW_BORDERLESS | C.SDL_WINDOW_ALWAYS_ON_TOP | C.SDL_WINDOW_SKIP_TASKBAR)
	if whole {
		flags |= C.SDL_WINDOW_FULLSCREEN_DESKTOP // a window manager then hides its own things
	}
	s.window = C.SDL_CreateWindow(title, C.int(at.X), C.int(at.Y), C.int(at.Width), C.int(at.Height), flags)
	if s.window == nil {
		return failed("open the window")
	}
	C.SDL_ShowCursor(C.SDL_DISABLE)
	if s.renderer = C.SDL_CreateRenderer(s.window, -1, C.SDL_RENDERER_PRESENTVSYNC); s.renderer == nil {
		return failed("draw in the window")
	}
	C.SDL_SetYUVConversionMode(C.SDL_YUV_CONVERSION_BT709) // limited range
	s.texture = C.SDL_CreateTexture(s.renderer, C.SDL_PIXELFORMAT_IYUV, C.SDL_TEXTUREACCESS_STREAMING, C.int(size.Width), C.int(size.Height))
	if s.texture == nil {
		return failed("make room for a picture")
	}
	var width, height C.int
	if C.SDL_GetRendererOutputSize(s.renderer, &width, &height) != 0 {
		return failed("measure the window")
	}
	p := within(int(width), int(height), size)
	s.place = C.SDL_Rect{x: C.int(p.X), y: C.int(p.Y), w: C.int(p.Width), h: C.int(p.Height)}
	// The first use of the texture makes what draws it, which takes a while: before a
	// picture waits for it. What is seen is black.
	if C.SDL_RenderCopy(s.renderer, s.texture, nil, &s.place) != 0 {
		return failed("draw a picture")
	}
	return s.present(nil)
}

// show draws a picture and returns when the display takes it.
func (s *screen) show(v picture.View) error {
	if C.SDL_UpdateYUVTexture(s.texture, nil, bytes(v.Y), C.int(v.StrideY), bytes(v.U), C.int(v.StrideC), bytes(v.V), C.int(v.StrideC)) != 0 {
		return failed("take a picture")
	}
	return s.present(s.texture)
}

func (s *screen) present(t *C.SDL_Texture) error {
	C.SDL_SetRenderDrawColor(s.renderer, 0, 0, 0, 255)
	if C.SDL_RenderClear(s.renderer) != 0 || t != nil && C.SDL_RenderCopy(s.renderer, t, nil, &s.place) != 0 {
		return failed("draw a picture")
	}
	C.SDL_RenderPresent(s.renderer)
	return nil
}

// changed takes the news of the display and tells whether another one is needed.
func (s *screen) changed() bool {
	var e C.SDL_Event
	changed := false
	for C.SDL_PollEvent(&e) != 0 {
		switch kind := *(*C.Uint32)(unsafe.Pointer(&e)); kind {
		case C.SDL_DISPLAYEVENT, C.SDL_RENDER_DEVICE_RESET, C.SDL_RENDER_TARGETS_RESET:
			changed = true
		case C.SDL_WINDOWEVENT:
			w := (*C.SDL_WindowEvent)(unsafe.Pointer(&e))
			changed = changed || w.event == C.SDL_WINDOWEVENT_DISPLAY_CHANGED
		}
	}
	return changed
}

func (s *screen) close() {
	if s.texture != nil {
		C.SDL_DestroyTexture(s.texture)
	}
	if s.renderer != nil {
		C.SDL_DestroyRenderer(s.renderer)
	}
	if s.window != nil {
		C.SDL_DestroyWindow(s.window)
	}
	C.SDL_Quit()
}

func displays() (list []display) {
	for n := range C.SDL_GetNumVideoDisplays() {
		var r C.SDL_Rect
		C.SDL_GetDisplayBounds(n, &r) // it fails only for a number that there is not
		list = append(list, display{
			name: C.GoString(C.SDL_GetDisplayName(n)),
			Rect: picture.Rect{X: int(r.x), Y: int(r.y), Width: int(r.w), Height: int(r.h)},
		})
	}
	return list
}

func hint(name, value string) {
	n, v := C.CString(name), C.CString(value)
	defer C.free(unsafe.Pointer(n))
	defer C.free(unsafe.Pointer(v))
	C.SDL_SetHint(n, v)
}

func bytes(pix []byte) *C.Uint8 { return (*C.Uint8)(unsafe.Pointer(&pix[0])) }

func noDisplay(said string) error {
	return &fault{publish.Text{
		En: fmt.Sprintf("there is no display (%s): connect one, and let studio know it (DISPLAY=:0 in its service, for X)", said),
		Zh: fmt.Sprintf("没有显示器（%s）：请连接显示器，并让 studio 知道它（X 环境下在服务中设 DISPLAY=:0）", said),
	}}
}

func failed(doing string) error {
	said := C.GoString(C.SDL_GetError())
	return &fault{publish.Text{En: fmt.Sprintf("%s: %s", doing, said), Zh: fmt.Sprintf("窗口出错：%s", said)}}
}
