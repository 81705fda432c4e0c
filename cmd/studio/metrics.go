package main

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"studio/mixer"
	"studio/ui"
)

// metrics are the engine's figures in Prometheus's text format. Nearly all are
// read from the status when somebody asks, so they cost nothing meanwhile and say
// what the faces say. Labels are names that the operator gave, and words; no
// address, file or message is in them, and so no secret.
type metrics struct {
	registry *prometheus.Registry
	latency  *prometheus.HistogramVec
	status   func() ui.Status
	costs    *mixer.Costs
}

// latencyBuckets are upper edges in seconds, close together around the 60 ms
// within which a camera's picture shall be a packet.
var latencyBuckets = []float64{.010, .015, .020, .025, .030, .035, .040, .045, .050, .055, .060, .070, .080, .100, .150, .250, .500, 1}

// newMetrics returns figures that are read from status and costs. Both are called
// from any goroutine.
func newMetrics(status func() ui.Status, costs *mixer.Costs) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "studio_camera_to_packet_seconds",
			Help:    "From a camera's kernel timestamp to the encoded packet handed to the senders.",
			Buckets: latencyBuckets,
		}, []string{"canvas"}),
		status: status, costs: costs,
	}
	m.registry.MustRegister(m.latency, m,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})) // memory, CPU, open files
	return m
}

// latencyOf returns what takes a canvas's latencies: call it once for each canvas,
// and what it returns once for each packet. That does not allocate.
func (m *metrics) latencyOf(canvas string) func(time.Duration) {
	histogram := m.latency.WithLabelValues(canvas)
	return func(d time.Duration) { histogram.Observe(d.Seconds()) }
}

// ServeHTTP answers GET /metrics.
func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

// Describe implements prometheus.Collector: what is there depends on the
// configuration, so nothing is promised beforehand.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	s := m.status()
	f := figures{out}
	f.gauge("studio_info", "The program's version; always 1.", 1, "version", s.Version)
	f.gauge("studio_broadcast_on", "1 while the broadcast is on.", truth(s.Broadcast.On))
	f.gauge("studio_recording_on", "1 while the recording is wanted.", truth(s.Recording.On))
	f.gauge("studio_uptime_seconds", "Since the engine's start.", float64(s.Box.UptimeMS)/1000)
	f.gauge("studio_disk_free_bytes", "Free in the recording folder; 0 if unknown.", float64(s.Box.DiskFree))
	f.gauge("studio_shed_level", "What is left out because the box cannot keep up; 0: nothing.", float64(s.Load.Level))
	f.gauge("studio_lag_seconds", "How late the newest picture was made.", s.Load.LagMS/1000)
	for _, stage := range mixer.Stages() {
		f.count("studio_stage_cpu_seconds_total", "CPU time of a stage of the frame's way, on the threads that ran it.", m.costs.Of(stage).Seconds(), "stage", stage.String())
	}
	f.canvases(s.Canvases)
	f.cameras(s.Cameras)
	f.sound(s.Sound)
	f.destinations(s.Destinations)
}

// figures sends single figures to a scrape.
type figures struct{ out chan<- prometheus.Metric }

func (f figures) canvases(list []ui.Canvas) {
	for _, c := range list {
		f.count("studio_canvas_frames_total", "Pictures made.", float64(c.Frames), "canvas", c.Name)
		f.count("studio_canvas_dropped_total", "Pictures that could not be made in time.", float64(c.Dropped), "canvas", c.Name)
		f.gauge("studio_canvas_bits_per_second", "Encoded, measured over the last seconds.", c.BitsPerSecond, "canvas", c.Name)
		f.gauge("studio_canvas_encoder", "The encoder and its preset; always 1.", 1, "canvas", c.Name, "encoder", c.Encoder, "preset", c.Preset)
	}
}

func (f figures) cameras(list []ui.Camera) {
	for _, c := range list {
		f.count("studio_camera_frames_total", "Frames taken from the camera.", float64(c.Frames), "camera", c.Name)
		f.count("studio_camera_lost_total", "Frames missed, damaged or dropped for want of a buffer.", float64(c.Lost), "camera", c.Name)
		f.state("studio_camera_state", "1 for the state that the camera is in.", c.State, "camera", c.Name)
	}
}

func (f figures) sound(s ui.Sound) {
	for i, side := range []string{"left", "right"} {
		f.gauge("studio_sound_peak_dbfs", "Peak of the last 100 ms below full scale; -120 is silence.", s.PeakDB[i], "side", side)
	}
	for window, lufs := range map[string]float64{"momentary": s.Loudness.Momentary, "short": s.Loudness.ShortTerm, "integrated": s.Loudness.Integrated} {
		f.gauge("studio_sound_loudness_lufs", "Loudness after EBU R128; -120 is silence.", lufs, "window", window)
	}
	f.gauge("studio_sound_privacy", "1 while every microphone is muted.", truth(s.Privacy))
	f.state("studio_sound_state", "1 for the state that the sound is in.", s.State)
}

func (f figures) destinations(list []ui.Destination) {
	for _, d := range list {
		f.gauge("studio_destination_queue_seconds", "Programme that waits to be sent.", d.QueueSeconds, "destination", d.Name)
		f.count("studio_destination_sent_bytes_total", "Sent in this broadcast.", float64(d.SentBytes), "destination", d.Name)
		f.count("studio_destination_dropped_total", "Packets that the destination was too slow for.", float64(d.Dropped), "destination", d.Name)
		f.count("studio_destination_attempts_total", "Connections tried.", float64(d.Attempts), "destination", d.Name)
		f.state("studio_destination_state", "1 for the state that the destination is in.", d.State, "destination", d.Name)
	}
}

// state sends a figure for each state, so that a graph shows when one was left.
func (f figures) state(name, help string, now ui.State, labels ...string) {
	for _, s := range []ui.State{ui.Off, ui.Connecting, ui.Live, ui.Troubled, ui.Waiting, ui.Failed} {
		f.gauge(name, help, truth(s == now), append([]string{"state", string(s)}, labels...)...)
	}
}

func (f figures) gauge(name, help string, value float64, labels ...string) {
	f.send(prometheus.GaugeValue, name, help, value, labels)
}

func (f figures) count(name, help string, value float64, labels ...string) {
	f.send(prometheus.CounterValue, name, help, value, labels)
}

// send takes labels as name, value, name, value.
func (f figures) send(kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	desc := prometheus.NewDesc(name, help, names, nil)
	figure, err := prometheus.NewConstMetric(desc, kind, value, values...)
	if err != nil { // a name that Prometheus cannot show spoils this scrape, not the programme
		figure = prometheus.NewInvalidMetric(desc, err)
	}
	f.out <- figure
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
