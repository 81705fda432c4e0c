package virtualcam

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"studio/publish"
)

// sysfs is where the kernel lists video devices.
const sysfs = "/sys/class/video4linux"

// find returns the path of the device with this label, or the path itself.
func find(class, device string) (string, error) {
	if strings.HasPrefix(device, "/") {
		return device, nil
	}
	entries, err := os.ReadDir(class)
	if err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("list video devices: %w", err)
	}
	for _, e := range entries {
		name, err := os.ReadFile(filepath.Join(class, e.Name(), "name"))
		if err == nil && strings.TrimSpace(string(name)) == device && strings.HasPrefix(e.Name(), "video") {
			return filepath.Join("/dev", e.Name()), nil
		}
	}
	return "", missing(device)
}

// missing says how to get the device: it is made by a kernel module that is not
// part of the kernel.
func missing(device string) error {
	label, path := device, ""
	if strings.HasPrefix(device, "/") {
		label = "studio"
		if number, found := strings.CutPrefix(device, "/dev/video"); found {
			path = "video_nr=" + number + " "
		}
	}
	command := fmt.Sprintf("modprobe v4l2loopback exclusive_caps=1 %scard_label=%q", path, label)
	return fault(publish.NoDevice,
		fmt.Sprintf("there is no virtual camera %s: install v4l2loopback-dkms, then load it with: %s", device, command),
		fmt.Sprintf("没有虚拟摄像头 %s：请安装 v4l2loopback-dkms，然后用此命令加载：%s", device, command), nil)
}
