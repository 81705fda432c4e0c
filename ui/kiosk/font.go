package kiosk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	"fyne.io/fyne/v2"
)

// family is the typeface of the screen: it shapes Chinese as it is written in China,
// and Latin to match.
const family = "Noto Sans CJK SC"

// typeface is one face of a font collection, as the single font that the drawing
// library can read. It reads the file whenever it is asked and keeps nothing: the
// library keeps its own copy of these 16 MB.
type typeface struct {
	path string
	data func(path string) ([]byte, error)
}

// Name tells faces apart in the library's caches.
func (f *typeface) Name() string { return f.path }

// Content returns the font. findFace has read it once, so an error here is a file
// that vanished since; the library then says so and draws with its own font.
func (f *typeface) Content() []byte {
	data, err := f.data(f.path)
	if err != nil {
		fyne.LogError("read font", err)
	}
	return data
}

// findFace finds the screen's typeface in a weight ("Regular", "Bold") under the
// folders where fonts are installed.
func findFace(folders []string, weight string) (*typeface, error) {
	file := "NotoSansCJK-" + weight + ".ttc"
	for _, folder := range folders {
		path, err := findFile(folder, file)
		if err != nil {
			continue
		}
		face := &typeface{path: path, data: readFace}
		if _, err := face.data(path); err != nil {
			return nil, fmt.Errorf("font %s: %w", path, err)
		}
		return face, nil
	}
	return nil, fmt.Errorf("no font for Chinese: %s is not in %s; install the Debian package fonts-noto-cjk",
		file, strings.Join(folders, ", "))
}

// fontFolders are the places where Debian and a person put fonts.
func fontFolders() []string {
	folders := []string{"/usr/share/fonts/opentype/noto", "/usr/share/fonts", "/usr/local/share/fonts"}
	if home, err := os.UserHomeDir(); err == nil {
		folders = append(folders, filepath.Join(home, ".local/share/fonts"), filepath.Join(home, ".fonts"))
	}
	return folders
}

func findFile(folder, name string) (string, error) {
	found := ""
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == folder:
			return err
		case err != nil:
			return nil // an unreadable corner does not hide the rest
		case entry.Name() == name && !entry.IsDir():
			found = path
			return fs.SkipAll
		}
		return nil
	})
	if err == nil && found == "" {
		err = fs.ErrNotExist
	}
	return found, err
}

func readFace(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return faceOf(data, family)
}

// faceOf copies the face of a family out of an OpenType collection into a font file
// of its own (OpenType 1.9, "Font Collections" and "Organization of an OpenType
// Font"): a collection is many table directories that share one pool of tables.
func faceOf(collection []byte, family string) ([]byte, error) {
	if len(collection) < 12 || string(collection[:4]) != "ttcf" {
		return nil, errors.New("not an OpenType collection")
	}
	count := binary.BigEndian.Uint32(collection[8:])
	for i := range min(count, 256) {
		at, err := span(collection, 12+4*i, 4)
		if err != nil {
			return nil, err
		}
		tables, kind, err := directory(collection, binary.BigEndian.Uint32(at))
		if err != nil {
			return nil, err
		}
		if familyOf(tables) == family {
			return assemble(kind, tables), nil
		}
	}
	return nil, fmt.Errorf("no face %q in it", family)
}

// table is one table of a font.
type table struct {
	tag      string
	checksum uint32
	data     []byte
}

// directory reads the table directory at an offset and the kind of outlines it
// announces.
func directory(file []byte, offset uint32) (tables []table, kind []byte, err error) {
	head, err := span(file, offset, 12)
	if err != nil {
		return nil, nil, err
	}
	for i := range uint32(binary.BigEndian.Uint16(head[4:])) {
		record, err := span(file, offset+12+16*i, 16)
		if err != nil {
			return nil, nil, err
		}
		data, err := span(file, binary.BigEndian.Uint32(record[8:]), binary.BigEndian.Uint32(record[12:]))
		if err != nil {
			return nil, nil, err
		}
		tables = append(tables, table{string(record[:4]), binary.BigEndian.Uint32(record[4:]), data})
	}
	return tables, head[:4], nil
}

// familyOf reads the family name (name 1) that a font has for Windows, which every
// face has.
func familyOf(tables []table) string {
	i := slices.IndexFunc(tables, func(t table) bool { return t.tag == "name" })
	if i < 0 {
		return ""
	}
	names := tables[i].data
	head, err := span(names, 0, 6)
	if err != nil {
		return ""
	}
	strings := uint32(binary.BigEndian.Uint16(head[4:]))
	for i := range uint32(binary.BigEndian.Uint16(head[2:])) {
		r, err := span(names, 6+12*i, 12)
		if err != nil {
			return ""
		}
		u16 := func(at int) uint32 { return uint32(binary.BigEndian.Uint16(r[at:])) }
		const windows, english = 3, 0x409
		if u16(0) != windows || u16(4) != english || u16(6) != 1 {
			continue
		}
		text, err := span(names, strings+u16(10), u16(8))
		if err != nil {
			return ""
		}
		units := make([]uint16, len(text)/2)
		for j := range units {
			units[j] = binary.BigEndian.Uint16(text[2*j:])
		}
		return string(utf16.Decode(units))
	}
	return ""
}

// assemble writes a font file of these tables, which are in the order of their tags.
func assemble(kind []byte, tables []table) []byte {
	n := len(tables)
	power, log := 1, 0
	for power*2 <= n {
		power, log = power*2, log+1
	}
	size := 12 + 16*n
	for _, t := range tables {
		size += (len(t.data) + 3) &^ 3
	}
	out := make([]byte, 0, size)
	out = append(out, kind...)
	for _, v := range []int{n, power * 16, log, (n - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := 12 + 16*n
	for _, t := range tables {
		out = append(out, t.tag...)
		out = binary.BigEndian.AppendUint32(out, t.checksum)
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t.data)))
		at += (len(t.data) + 3) &^ 3
	}
	for _, t := range tables {
		out = append(out, t.data...)
		out = append(out, make([]byte, -len(t.data)&3)...) // tables begin at multiples of four
	}
	return out
}

// span returns the length bytes of data at an offset, or an error if they are not
// there: a font file is input like any other.
func span(data []byte, offset, length uint32) ([]byte, error) {
	end := uint64(offset) + uint64(length)
	if end > uint64(len(data)) {
		return nil, errors.New("damaged font: it points behind its end")
	}
	return data[offset:end], nil
}
