package mp4

import "slices"

// Tag is one thing that a file says of itself, such as title or comment.
type Tag struct{ Name, Value string }

// shown are the tags that players look for in the list that iTunes began.
var shown = map[string]string{"title": "\xa9nam", "comment": "\xa9cmt", "date": "\xa9day"}

// userData makes the inside of udta: the tags that players show.
func userData(tags []Tag) []byte {
	var items []byte
	for _, t := range tags {
		if kind := shown[t.Name]; kind != "" {
			items = append(items, makeBox(kind, value(t.Value))...)
		}
	}
	if items == nil {
		return nil
	}
	return makeBox("meta", u32(0), handler("mdir"), makeBox("ilst", items))
}

// keyed makes the box meta of the movie that holds all tags under their own names
// (QuickTime's metadata keys).
func keyed(tags []Tag) []byte {
	var keys, items []byte
	for i, t := range tags {
		keys = append(keys, makeBox("mdta", []byte(t.Name))...)
		items = append(items, makeBox(string(u32(uint32(i+1))), value(t.Value))...)
	}
	return makeBox("meta", u32(0), handler("mdta"), makeBox("keys", u32(0, uint32(len(tags))), keys), makeBox("ilst", items))
}

func handler(kind string) []byte {
	return makeBox("hdlr", slices.Concat(u32(0, 0), []byte(kind), make([]byte, 13)))
}

func value(text string) []byte { return makeBox("data", u32(1, 0), []byte(text)) }
