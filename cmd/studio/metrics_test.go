package main

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"studio/mixer"
	"studio/ui"
)

// scrape returns the lines of GET /metrics.
func scrape(t *testing.T, m *metrics) []string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.Code != 200 {
		t.Fatalf("GET /metrics: %d, %v\n%s", answer.Code, err, body)
	}
	return strings.Split(string(body), "\n")
}

func TestMetricsSayWhatTheStatusSays(t *testing.T) {
	const secret = "planted-stream-key"
	status := ui.Status{
		Version:      "1.2",
		Broadcast:    ui.OnAir{On: true},
		Recording:    ui.FileStatus{File: "/home/" + secret},
		Load:         ui.Load{Level: 3, LagMS: 20},
		Canvases:     []ui.Canvas{{Name: "landscape", Frames: 300, Dropped: 2, BitsPerSecond: 4.5e6, Preset: "superfast", Encoder: "libx264"}},
		Cameras:      []ui.Camera{{Name: "轮盘", State: ui.Waiting, Message: ui.Text{Zh: secret, En: secret}, Frames: 9, Lost: 4}},
		Sound:        ui.Sound{State: ui.Live, PeakDB: [2]float64{-6, -7}, Loudness: ui.Loudness{Integrated: -16}},
		Destinations: []ui.Destination{{Name: "a", Address: "rtmp://x/" + secret, Message: ui.Text{Zh: secret, En: secret}, State: ui.Live, QueueSeconds: 1.5, Dropped: 7}},
	}
	m := newMetrics(func() ui.Status { return status }, &mixer.Costs{})
	observe := m.latencyOf("landscape")
	for _, ms := range []int{8, 41, 59, 59, 300} {
		observe(time.Duration(ms) * time.Millisecond)
	}
	lines := scrape(t, m)
	for _, want := range []string{
		`studio_camera_to_packet_seconds_bucket{canvas="landscape",le="0.06"} 4`,
		`studio_camera_to_packet_seconds_bucket{canvas="landscape",le="+Inf"} 5`,
		`studio_camera_to_packet_seconds_count{canvas="landscape"} 5`,
		`studio_info{version="1.2"} 1`,
		`studio_broadcast_on 1`,
		`studio_shed_level 3`,
		`studio_lag_seconds 0.02`,
		`studio_canvas_frames_total{canvas="landscape"} 300`,
		`studio_canvas_dropped_total{canvas="landscape"} 2`,
		`studio_canvas_bits_per_second{canvas="landscape"} 4.5e+06`,
		`studio_canvas_encoder{canvas="landscape",encoder="libx264",preset="superfast"} 1`,
		`studio_camera_lost_total{camera="轮盘"} 4`,
		`studio_camera_state{camera="轮盘",state="waiting"} 1`,
		`studio_camera_state{camera="轮盘",state="live"} 0`,
		`studio_sound_peak_dbfs{side="right"} -7`,
		`studio_sound_loudness_lufs{window="integrated"} -16`,
		`studio_destination_queue_seconds{destination="a"} 1.5`,
		`studio_destination_dropped_total{destination="a"} 7`,
		`studio_destination_state{destination="a",state="live"} 1`,
		`studio_stage_cpu_seconds_total{stage="encode"} 0`,
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("not there: %s", want)
		}
	}
	if all := strings.Join(lines, "\n"); strings.Contains(all, secret) {
		t.Error("a secret is in the metrics")
	} else if !strings.Contains(all, "process_resident_memory_bytes ") {
		t.Error("the memory is not in the metrics")
	}
}

func TestALatencyIsObservedWithoutAllocating(t *testing.T) {
	m := newMetrics(func() ui.Status { return ui.Status{} }, &mixer.Costs{})
	observe := m.latencyOf("landscape")
	if n := testing.AllocsPerRun(1000, func() { observe(30 * time.Millisecond) }); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestABadNameSpoilsOnlyTheScrape has a name that Prometheus cannot show.
func TestABadNameSpoilsOnlyTheScrape(t *testing.T) {
	m := newMetrics(func() ui.Status {
		return ui.Status{Cameras: []ui.Camera{{Name: "\xff"}}}
	}, &mixer.Costs{})
	answer := httptest.NewRecorder()
	m.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 500 {
		t.Errorf("answered %d", answer.Code)
	}
}
