package uitest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"studio/ui"
)

// bilibiliBits is what the scripted platform takes.
const bilibiliBits = 3_000_000

// CheckDestination says what an encode would cost, as the engine would; it is no
// command and not remembered.
func (s *Studio) CheckDestination(c ui.ChangeDestination) (ui.DestinationCheck, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return check(s.status, c)
}

func check(status ui.Status, c ui.ChangeDestination) (ui.DestinationCheck, error) {
	i := slices.IndexFunc(status.Destinations, func(d ui.Destination) bool { return d.Name == c.Destination })
	if i < 0 {
		return ui.DestinationCheck{}, ui.Unknown("destination %q: there is none of that name", "没有名为“%s”的直播去向", c.Destination)
	}
	if b := c.BitsPerSecond; b != nil && *b != 0 && *b < 64_000 {
		return ui.DestinationCheck{}, ui.Refused("bit rate: allowed: from 64k", "码率太低")
	}
	d := status.Destinations[i]
	change(&d, c)
	found := ui.DestinationCheck{
		Encode: d.Encode, Notes: []ui.Text{}, Fit: d.Need, Sizes: []string{"1280x720", "960x540", "640x360"},
		Platforms: []ui.Platform{
			{Name: "bilibili", Title: ui.Text{Zh: "哔哩哔哩", En: "Bilibili"}, Notes: []ui.Text{{Zh: "密钥要整段照抄。", En: "Copy all of the key."}}},
			{Name: "youtube", Title: ui.Text{Zh: "YouTube", En: "YouTube"}, Notes: []ui.Text{}},
		},
	}
	if d.Canvas == "portrait" {
		found.Sizes = []string{"720x1280", "540x960", "360x640"}
	}
	if bits := d.Need.BitsPerSecond; d.Need.Platform == "bilibili" && (bits == 0 || bits > bilibiliBits) {
		found.Notes = append(found.Notes, ui.Text{Zh: "码率超过平台上限 3000 kb/s", En: "more than the platform's 3000 kb/s: set the bit rate to 3000 kb/s"})
		found.Fit.BitsPerSecond = bilibiliBits
	}
	if d.Changed {
		found.Notes = append(found.Notes, ui.Text{Zh: d.Name + " 需要单独的编码：约占一个处理器核心的 25%。", En: d.Name + " needs an encode of its own: about 8.3 ms a frame, 25 % of a core"})
	}
	return found, nil
}

// change sets what is given; here the configuration says nothing.
func change(d *ui.Destination, c ui.ChangeDestination) {
	if c.Configured {
		d.Need = ui.Need{}
	}
	set(&d.Canvas, c.Canvas)
	set(&d.Need.Platform, c.Platform)
	set(&d.Need.Size, c.Size)
	set(&d.Need.Profile, c.Profile)
	set(&d.Need.BitsPerSecond, c.BitsPerSecond)
	d.Changed = d.Need != ui.Need{}
	d.Encode = fmt.Sprintf("%s %s %d kb/s", cmp.Or(d.Need.Size, "1920×1080"), cmp.Or(d.Need.Profile, "main"), cmp.Or(d.Need.BitsPerSecond, 4_000_000)/1000)
}

func added(c ui.AddDestination, air bool) ui.Destination {
	scheme, rest, _ := strings.Cut(c.Address, "://")
	host, _, _ := strings.Cut(rest, "/")
	d := ui.Destination{
		Name: c.Name, Kind: cmp.Or(map[string]string{"http": "whip", "https": "whip"}[scheme], scheme), Address: scheme + "://" + host + "/***",
		Canvas: cmp.Or(c.Canvas, "landscape"), State: ui.Off, Wanted: true, HasKey: c.Key+c.Bearer != "", Added: true, Notes: []ui.Text{},
	}
	if air {
		d.State = ui.Live
	}
	change(&d, ui.ChangeDestination{})
	return d
}
