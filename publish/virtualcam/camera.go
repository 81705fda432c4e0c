// Package virtualcam writes programme pictures to a V4L2 output device, such as one
// that the kernel module v4l2loopback makes, so that other programs see the
// programme as a camera: the companions of platforms that give no stream key.
package virtualcam

import (
	"context"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"studio/hw/videodev"
	"studio/media/packet"
	"studio/media/picture"
	"studio/publish"
)

// Options describe a virtual camera.
type Options struct {
	Device string          // its label, as v4l2loopback's card_label gives it, or its path: /dev/video9
	Size   picture.Size    // that readers see; pictures of another size are scaled
	Rate   packet.Rational // pictures a second that readers are told
}

// Dial returns what opens the camera. Its faults say how to load v4l2loopback.
func Dial(o Options) publish.PictureDial {
	return func(context.Context) (publish.PictureSink, error) {
		path, err := find(sysfs, o.Device)
		if err != nil {
			return nil, err
		}
		c, err := open(path, o)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

// camera is an open output device.
type camera struct {
	path  string
	fd    int
	frame []byte // one picture as the device takes it: three planes without gaps
	view  picture.View
}

func open(path string, o Options) (*camera, error) {
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, failed("open", path, err)
	}
	c := &camera{path: path, fd: fd}
	if err := c.prepare(o); err != nil {
		unix.Close(fd)
		return nil, err
	}
	luma := o.Size.Width * o.Size.Height
	c.frame = make([]byte, luma*3/2)
	c.view = picture.View{
		Y: c.frame[:luma], U: c.frame[luma : luma*5/4], V: c.frame[luma*5/4:],
		Width: o.Size.Width, Height: o.Size.Height, StrideY: o.Size.Width, StrideC: o.Size.Width / 2,
		Colour: picture.Program,
	}
	return c, nil
}

// prepare tells the device what comes, and readers how it is coded. v4l2loopback
// 0.12 replaces the colour space by sRGB; matrix and range stay.
func (c *camera) prepare(o Options) error {
	var is videodev.Capability
	if err := videodev.Ioctl(c.fd, videodev.QueryCap, unsafe.Pointer(&is)); err != nil {
		return failed("ask", c.path, err)
	}
	if is.Node()&videodev.CapVideoOutput == 0 {
		return fault(publish.NoDevice,
			fmt.Sprintf("virtual camera %s takes no pictures: it is a real camera, or another program feeds it", c.path),
			fmt.Sprintf("虚拟摄像头 %s 不能接收画面：它是真实摄像头，或有其他程序正在向它送画面", c.path), nil)
	}
	f := videodev.Format{Type: videodev.BufTypeOutput, Pix: videodev.PixFormat{
		Width: uint32(o.Size.Width), Height: uint32(o.Size.Height), PixelFormat: videodev.PixYU12, Field: videodev.FieldNone,
		BytesPerLine: uint32(o.Size.Width), SizeImage: uint32(o.Size.Width * o.Size.Height * 3 / 2),
		ColourSpace: videodev.SpaceREC709, Priv: videodev.PrivMagic, Encoding: videodev.Encoding709, Quantization: videodev.QuantizationLimited, Transfer: videodev.Transfer709,
	}}
	if err := videodev.Ioctl(c.fd, videodev.SetFormat, unsafe.Pointer(&f)); err != nil {
		return failed("set the format of", c.path, err)
	}
	if p := f.Pix; p.PixelFormat != videodev.PixYU12 || p.Width != uint32(o.Size.Width) || p.Height != uint32(o.Size.Height) {
		return fault(publish.NoDevice,
			fmt.Sprintf("virtual camera %s keeps pictures of %d×%d for a program that watches it: end that program", c.path, p.Width, p.Height),
			fmt.Sprintf("虚拟摄像头 %s 正被某程序以 %d×%d 观看：请先关闭该程序", c.path, p.Width, p.Height), nil)
	}
	parm := videodev.StreamParm{Type: videodev.BufTypeOutput, TimePerFrame: videodev.Fraction{Num: uint32(o.Rate.Den), Den: uint32(o.Rate.Num)}}
	_ = videodev.Ioctl(c.fd, videodev.SetParm, unsafe.Pointer(&parm)) // a device that cannot tell the rate shows the pictures as they come
	// v4l2loopback notes that a feeder has gone only of one that has begun so. Other
	// devices refuse it without buffers, and take the pictures nonetheless.
	kind := uint32(videodev.BufTypeOutput)
	_ = videodev.Ioctl(c.fd, videodev.StreamOn, unsafe.Pointer(&kind))
	return nil
}

// Show implements publish.PictureSink. It copies once and does not block.
func (c *camera) Show(v picture.View) error {
	picture.Scale(c.view, v) // copies, if the size is the same
	for {
		n, err := unix.Write(c.fd, c.frame)
		switch {
		case err == unix.EINTR:
		case err == unix.EAGAIN:
			return nil // the device still has the one before
		case err != nil:
			return failed("write to", c.path, err)
		case n != len(c.frame):
			return failed("write to", c.path, fmt.Errorf("it took %d of %d bytes", n, len(c.frame)))
		default:
			return nil
		}
	}
}

// Close implements publish.PictureSink. Who watches sees that the camera is gone.
func (c *camera) Close() error {
	if err := unix.Close(c.fd); err != nil {
		return failed("close", c.path, err)
	}
	return nil
}

// failed is what to do about an error of the device.
func failed(doing, path string, err error) error {
	en, zh := fmt.Sprintf("%s virtual camera %s: %v", doing, path, err), fmt.Sprintf("虚拟摄像头 %s 出错：%v", path, err)
	kind := publish.DeviceFault
	switch {
	case errors.Is(err, unix.EACCES):
		en = fmt.Sprintf("virtual camera %s: no permission to open it: studio's user must be in the group video", path)
		zh = fmt.Sprintf("没有权限打开虚拟摄像头 %s：studio 的用户须在 video 组中", path)
	case errors.Is(err, unix.EBUSY):
		en = fmt.Sprintf("virtual camera %s is in use by another program", path)
		zh = fmt.Sprintf("虚拟摄像头 %s 正被其他程序使用", path)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return missing(path)
	}
	return fault(kind, en, zh, err)
}

func fault(kind publish.Fault, en, zh string, err error) error {
	return &publish.Error{Fault: kind, Text: publish.Text{En: en, Zh: zh}, Err: err}
}
