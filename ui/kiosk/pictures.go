package kiosk

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const maxJPEG = 4 << 20 // bytes of one small picture

// Pictures calls show with the live small pictures of a canvas or a camera, about
// width pixels wide and rate a second, and with nil whenever there are none: an old
// picture must not look like a live one. It connects again by itself and returns
// when ctx ends. show is called from Pictures' goroutine and owns the picture; while
// it is busy, the engine drops pictures.
func (c *Client) Pictures(ctx context.Context, name string, width, rate int, show func(image.Image)) {
	persist(ctx, func(ctx context.Context, alive func()) error {
		return c.picturesOnce(ctx, name, width, rate, func(img image.Image) { alive(); show(img) })
	}, func(error) { show(nil) })
}

func (c *Client) picturesOnce(ctx context.Context, name string, width, rate int, show func(image.Image)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()

	query := url.Values{"width": {strconv.Itoa(width)}, "rate": {strconv.Itoa(rate)}}
	address := "http://localhost/api/pictures/" + url.PathEscape(name) + ".mjpg?" + query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask for pictures of %s: %w", name, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
		return refusal(resp, body)
	}
	_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return fmt.Errorf("pictures of %s: not a stream of pictures: %q", name, resp.Header.Get("Content-Type"))
	}
	parts := multipart.NewReader(resp.Body, params["boundary"])
	var data bytes.Buffer
	for {
		part, err := parts.NextPart()
		if err != nil {
			return fmt.Errorf("pictures of %s: %w", name, err)
		}
		data.Reset()
		if _, err := data.ReadFrom(io.LimitReader(part, maxJPEG)); err != nil {
			return fmt.Errorf("pictures of %s: %w", name, err)
		}
		img, err := jpeg.Decode(bytes.NewReader(data.Bytes()))
		if err != nil {
			return fmt.Errorf("pictures of %s: %w", name, err)
		}
		watchdog.Reset(silence)
		show(opaque(img))
	}
}

// opaque turns a picture into the form that the graphics driver takes without a
// further copy on the drawing thread.
func opaque(img image.Image) *image.RGBA {
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Bounds(), img, b.Min, draw.Src)
	return out
}
