package platform

import (
	"slices"
	"strings"
	"testing"

	"studio/media/packet"
	"studio/media/picture"
)

func presets(t *testing.T, own string) []Platform {
	t.Helper()
	list, err := Presets("own.yaml", []byte(own))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func find(t *testing.T, list []Platform, name string) Platform {
	t.Helper()
	i := slices.IndexFunc(list, func(p Platform) bool { return p.Name == name })
	if i < 0 {
		t.Fatalf("there is no %s", name)
	}
	return list[i]
}

// defaults fit every limit that is known, but for Millicast's key frames.
func defaults() Encode {
	return Encode{Size: picture.Size{Width: 1920, Height: 1080}, Rate: packet.Rational{Num: 30, Den: 1},
		VideoBitsPerSecond: 4_000_000, AudioBitsPerSecond: 128_000, KeySeconds: 2, Profile: "main", Preset: "veryfast"}
}

func TestPresets(t *testing.T) {
	list := presets(t, "")
	for _, name := range []string{"bilibili", "kuaishou", "douyin", "wechat-channels", "taobao", "xiaohongshu", "youtube",
		"facebook", "twitch", "twitch-whip", "cloudflare", "cloudflare-whip", "millicast", "agora", "alibaba", "tencent",
		"own-rtmp", "own-rtmps", "own-srt", "own-whip"} {
		p := find(t, list, name)
		for _, f := range p.Limits.Check(defaults()) {
			if !f.Only && name != "millicast" {
				t.Errorf("%s does not take what the box sends by itself: %s", name, f.En)
			}
		}
	}
	if p := find(t, list, "facebook"); p.Limits.VideoBitsPerSecond != 6_000_000 || p.Limits.Size != (picture.Size{Width: 1920, Height: 1080}) ||
		p.Limits.SessionHours != 8 || p.Title.Zh != "Facebook" || p.Secret != "key" || p.Protocol != RTMPS {
		t.Errorf("%+v", p)
	}
	if p := find(t, list, "youtube"); p.Addresses[1] != "rtmps://b.rtmps.youtube.com:443/live2?backup=1" {
		t.Errorf("%+v", p)
	}
}

func TestOwnPresets(t *testing.T) {
	before := presets(t, "")
	list := presets(t, `
platforms:
  - name: youtube
    title: {zh: 油管, en: Our YouTube}
    protocol: rtmps
    addresses: [rtmps://a.rtmps.youtube.com/live2]
    secret: key
  - name: guild
    title: {zh: 行会, en: The guild}
    protocol: srt
    addresses: ["srt://guild.example:9000"]
    secret: address
    limits: {video_kbps: 2500, size: 1280x720, profiles: [baseline], upright: false}
    notes: [{zh: 先打电话, en: Call first}]
`)
	if len(list) != len(before)+1 || find(t, list, "youtube").Title.En != "Our YouTube" || find(t, list, "youtube").Limits.AudioBitsPerSecond != 0 {
		t.Errorf("%d presets, %+v", len(list), find(t, list, "youtube"))
	}
	g := list[len(list)-1]
	if g.Name != "guild" || !g.Limits.NoUpright || g.Limits.VideoBitsPerSecond != 2_500_000 || g.Notes[0].Zh != "先打电话" {
		t.Errorf("%+v", g)
	}
}

func TestBadPresets(t *testing.T) {
	const head = "platforms:\n  - name: x\n    title: {zh: 甲, en: A}\n    protocol: rtmp\n    addresses: [rtmp://a/b]\n    secret: key\n"
	for _, test := range []struct{ yaml, want string }{
		{head + "    colour: red\n", `own.yaml:7: key "platforms[0]": "colour" is an unknown key`},
		{strings.Replace(head, "name: x", "name: X Y", 1), `own.yaml:2: key "platforms[0].name": "X Y": allowed: small letters, digits and -, at most 40`},
		{strings.Replace(head, ", en: A", "", 1), `own.yaml:3: key "platforms[0].title.en": is missing: allowed: text`},
		{strings.Replace(head, "protocol: rtmp", "protocol: ftp", 1), `own.yaml:4: key "platforms[0].protocol": "ftp": allowed: rtmp, rtmps, srt, whip, clean`},
		{strings.Replace(head, "rtmp://a/b", "http://h/secret-key", 1), `own.yaml:5: key "platforms[0].addresses[0]": "http://h/…": allowed: an address that begins with rtmp://`},
		{strings.Replace(head, "addresses: [rtmp://a/b]", "addresses: []", 1), `own.yaml:5: key "platforms[0].addresses"`},
		{strings.Replace(head, "protocol: rtmp", "protocol: clean", 1), `own.yaml:5: key "platforms[0].addresses": "[rtmp://a/…]": allowed: none`},
		{strings.Replace(head, "secret: key", "secret: mine", 1), `own.yaml:6: key "platforms[0].secret": "mine": allowed: key, bearer, address, none`},
		{head + "    limits: {video_kbps: 0}\n", `own.yaml:7: key "platforms[0].limits.video_kbps": "0": allowed: 64 to 50000`},
		{head + "    limits: {video_kbps: 4.5M}\n", `own.yaml:7: key "platforms[0].limits.video_kbps": "4.5M": allowed: a whole number`},
		{head + "    limits: {size: 1080x1920}\n", `own.yaml:7: key "platforms[0].limits.size": "1080x1920": allowed: WIDTHxHEIGHT`},
		{head + "    limits: {size: 1280x720p}\n", `own.yaml:7: key "platforms[0].limits.size": "1280x720p"`},
		{head + "    limits: {profiles: [extended]}\n", `own.yaml:7: key "platforms[0].limits.profiles[0]": "extended": allowed: baseline, main, high`},
		{head + strings.TrimPrefix(head, "platforms:\n"), `own.yaml:7: key "platforms[1].name": "x": allowed: a name that no other`},
	} {
		_, err := Presets("own.yaml", []byte(test.yaml))
		if err == nil || !strings.HasPrefix(err.Error(), "platforms "+test.want) {
			t.Errorf("%v\nwant %s", err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret-key") {
			t.Errorf("a key in %v", err)
		}
	}
}

func TestCheckAndFit(t *testing.T) {
	limits := Limits{VideoBitsPerSecond: 2_500_000, AudioBitsPerSecond: 96_000, Size: picture.Size{Width: 1280, Height: 720}, Rate: 30,
		KeySeconds: 1, Profiles: []string{"baseline"}, NoUpright: true, SessionHours: 8}
	e := defaults()
	e.Rate = packet.Rational{Num: 60000, Den: 1001}
	var about []Concern
	for _, f := range limits.Check(e) {
		about = append(about, f.Concern)
		if f.Zh == "" || f.En == "" || f.Only != (f.Concern == Session) {
			t.Errorf("%+v", f)
		}
	}
	if want := []Concern{VideoRate, AudioRate, PicSize, FrameRate, KeyFrames, Profile, Session}; !slices.Equal(about, want) {
		t.Errorf("findings about %v, want %v", about, want)
	}
	for _, f := range (Limits{VideoBitsPerSecond: 2_500_000}).Check(e) {
		if f.En != "the picture's 4000 kb/s are more than the platform's 2500 kb/s: set the bit rate to 2500 kb/s" ||
			f.Zh != "画面码率 4000 kb/s 超过平台上限 2500 kb/s：请把码率降到 2500 kb/s。" {
			t.Errorf("%+v", f)
		}
	}
	fit := limits.Fit(e)
	want := Encode{Size: picture.Size{Width: 1280, Height: 720}, Rate: packet.Rational{Num: 30000, Den: 1001},
		VideoBitsPerSecond: 2_500_000, AudioBitsPerSecond: 96_000, KeySeconds: 1, Profile: "baseline", Preset: "veryfast"}
	if fit != want {
		t.Errorf("%+v", fit)
	}
	if found := limits.Check(fit); len(found) != 1 || !found[0].Only {
		t.Errorf("after the fit: %+v", found)
	}
	if again := limits.Fit(fit); again != fit {
		t.Errorf("fitted twice: %+v", again)
	}
	if (Limits{}).Fit(e) != e || len((Limits{}).Check(e)) != 0 {
		t.Error("limits that are not known are kept")
	}
	if (Limits{Rate: 30}).Check(Encode{Rate: packet.Rational{Num: 30000, Den: 1001}}) != nil {
		t.Error("29.97 is more than 30")
	}
}

func TestStandingPictures(t *testing.T) {
	standing := picture.Size{Width: 1080, Height: 1920}
	for _, test := range []struct{ most, in, want picture.Size }{
		{picture.Size{Width: 1920, Height: 1080}, standing, standing},
		{picture.Size{Width: 1280, Height: 720}, standing, picture.Size{Width: 720, Height: 1280}},
		{picture.Size{Width: 1280, Height: 720}, picture.Size{Width: 1440, Height: 1080}, picture.Size{Width: 960, Height: 720}},
		{picture.Size{Width: 1280, Height: 720}, picture.Size{Width: 640, Height: 360}, picture.Size{Width: 640, Height: 360}},
		{picture.Size{Width: 1001, Height: 563}, picture.Size{Width: 1920, Height: 1080}, picture.Size{Width: 1000, Height: 562}},
	} {
		got := Limits{Size: test.most}.fitSize(test.in)
		if got != test.want {
			t.Errorf("%v into %v: %v, want %v", test.in, test.most, got, test.want)
		}
	}
	e := defaults()
	e.Size = standing
	if found := (Limits{NoUpright: true}).Check(e); len(found) != 1 || found[0].Concern != Upright {
		t.Errorf("%+v", found)
	}
}

func FuzzPresets(f *testing.F) {
	f.Add("platforms: [{name: a}]")
	f.Add("platforms:\n  - {name: a, title: {zh: 甲, en: A}, protocol: srt, addresses: ['srt://{host}:{port}'], secret: address}")
	f.Fuzz(func(t *testing.T, own string) {
		list, err := Presets("own.yaml", []byte(own))
		if (err == nil) == (list == nil) {
			t.Fatalf("%d presets and error %v", len(list), err)
		}
	})
}
