package reader

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"studio/capture/microphone/internal/wire"
	"studio/words"
)

// port returns where the sound card of an ALSA ID such as ":1,0" is plugged in:
// the name of its device in /sys, which for USB is bus, ports and interface.
func port(id string) string {
	var card, device int
	if _, err := fmt.Sscanf(id, ":%d,%d", &card, &device); err != nil {
		return ""
	}
	path, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/class/sound/card%d/device", card))
	if err != nil {
		return ""
	}
	return filepath.Base(path)
}

// absent explains why no microphone in the list fits: the sound library leaves
// out those that it cannot open.
func absent(match string, devices []wire.Device) wire.Message {
	nodes, _ := filepath.Glob("/dev/snd/pcmC*D*c")
	for _, node := range nodes {
		var card, device int
		if _, err := fmt.Sscanf(filepath.Base(node), "pcmC%dD%dc", &card, &device); err != nil {
			continue
		}
		id := fmt.Sprintf(":%d,%d", card, device)
		if !matches(wire.Device{ID: id, Port: port(id), Name: cardName(card)}, match) {
			continue
		}
		fd, err := unix.Open(node, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		switch err {
		case nil:
			unix.Close(fd)
		case unix.EBUSY, unix.EAGAIN:
			return wire.Message{Reason: wire.Busy}
		case unix.EACCES, unix.EPERM:
			return wire.Message{Reason: wire.Permission}
		}
	}
	if len(devices) == 0 {
		return wire.Message{Fault: words.Text{En: "no microphone is plugged in", Zh: "没有插上任何话筒，请插上"}, Reason: wire.Gone}
	}
	var names []string
	for _, d := range devices {
		names = append(names, fmt.Sprintf("%q", d.Name))
	}
	return wire.Message{Fault: words.Textf("there are only %s", "没有插上，现在只有：%s", strings.Join(names, ", ")), Reason: wire.Gone}
}

// cardName returns the card's own name, which the sound library's name of each of
// its microphones begins with.
func cardName(card int) string {
	// "card 0: Loopback [Loopback]" is what tools print; the line in the file reads
	// " 0 [Loopback       ]: Loopback - Loopback".
	text, err := os.ReadFile("/proc/asound/cards")
	if err != nil {
		return ""
	}
	for _, line := range strings.Split(string(text), "\n") {
		var number int
		if _, err := fmt.Sscanf(line, "%d [", &number); err == nil && number == card {
			_, name, _ := strings.Cut(line, " - ")
			return strings.TrimSpace(name)
		}
	}
	return ""
}
