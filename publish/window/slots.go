package window

import (
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"studio/media/picture"
	"studio/publish"
)

// slotCount: one is drawn, one waits, one is written to.
const slotCount = 3

// Messages on the socket are packets of their own: a byte, and for some a text.
const (
	isReady   = 'r' // from the process: the window is there
	isFault   = 'f' // from the process, its last: a publish.Text as JSON
	isSlot    = '0' // '0', '1', '2'. To the process: draw it. From it: it is free
	mostBytes = 4096
)

// slots is the memory that both processes see: pictures without gaps between rows
// and planes.
type slots struct {
	memory []byte
	size   picture.Size
}

func frameBytes(size picture.Size) int { return size.Width * size.Height * 3 / 2 }

// newSlots makes the memory; the file is what the other process maps.
func newSlots(size picture.Size) (*slots, *os.File, error) {
	fd, err := unix.MemfdCreate("studio-window", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("memory for the window: %w", err)
	}
	file := os.NewFile(uintptr(fd), "studio-window")
	if err := file.Truncate(int64(slotCount * frameBytes(size))); err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("memory for the window: %w", err)
	}
	s, err := mapSlots(fd, size)
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return s, file, nil
}

func mapSlots(fd int, size picture.Size) (*slots, error) {
	memory, err := unix.Mmap(fd, 0, slotCount*frameBytes(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("memory for the window: %w", err)
	}
	return &slots{memory, size}, nil
}

// view looks at one slot.
func (s *slots) view(n int) picture.View {
	bytes := frameBytes(s.size)
	frame, luma := s.memory[n*bytes:(n+1)*bytes], s.size.Width*s.size.Height
	return picture.View{
		Y: frame[:luma], U: frame[luma : luma*5/4], V: frame[luma*5/4:],
		Width: s.size.Width, Height: s.size.Height, StrideY: s.size.Width, StrideC: s.size.Width / 2,
		Colour: picture.Program,
	}
}

func (s *slots) unmap() { _ = unix.Munmap(s.memory) }

// slotIn reads the number of a slot from a message.
func slotIn(message []byte) (n int, ok bool) {
	if len(message) != 1 || message[0] < isSlot || message[0] >= isSlot+slotCount {
		return 0, false
	}
	return int(message[0] - isSlot), true
}

// faultIn reads what the process says is wrong.
func faultIn(message []byte) error {
	var text publish.Text
	if err := json.Unmarshal(message[1:], &text); err != nil || text.En == "" {
		text = publish.Text{En: "the window says something that is not understood", Zh: "窗口进程的回复无法识别"}
	}
	return &publish.Error{Fault: publish.NoDevice, Text: text}
}
