package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"rekey"
)

// Metrics counts events, runs, deliveries and requests for Prometheus. It
// implements engine.Observer. No label holds data about a person.
type Metrics struct {
	registry *prometheus.Registry

	events       *prometheus.CounterVec
	runs         *prometheus.CounterVec
	deliveries   *prometheus.CounterVec
	acceptance   prometheus.Histogram
	replies      *prometheus.CounterVec
	loginFailure *prometheus.CounterVec
	requests     *prometheus.CounterVec
	requestTime  *prometheus.HistogramVec
}

// NewMetrics returns metrics with a registry of their own, which includes the
// further collectors.
func NewMetrics(further ...prometheus.Collector) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		events: counter("rekey_events_total", "Events received, by event type; a repeat was received before.",
			"type", "repeat"),
		runs: counter("rekey_runs_total", "Runs that reached a state.", "state"),
		deliveries: counter("rekey_deliveries_total", "Deliveries that reached a state, with the reason if there is one.",
			"state", "reason"),
		acceptance: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rekey_event_to_acceptance_seconds",
			Help: "Time from the receipt of an event until the mail server accepted the message, delays included.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600, 6 * 3600,
				24 * 3600, 7 * 24 * 3600},
		}),
		replies:      counter("rekey_smtp_replies_total", "Replies of the mail server to attempts, by code.", "code"),
		loginFailure: counter("rekey_login_failures_total", "Log-ins that failed, on the console and the API, by outcome: refused, locked or limited.", "outcome"),
		requests:     counter("rekey_http_requests_total", "Requests, by route and status.", "route", "status"),
		requestTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rekey_http_request_duration_seconds", Help: "Time to answer a request, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10, 30},
		}, []string{"route"}),
	}
	m.registry.MustRegister(m.events, m.runs, m.deliveries, m.acceptance, m.replies, m.loginFailure, m.requests,
		m.requestTime, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(further...)
	return m
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

// QueueDepth returns a collector. ask returns how many runs wait and how many
// deliveries are queued or deferred, by name.
func QueueDepth(ask func() map[string]int) prometheus.Collector {
	return gauges{prometheus.NewDesc("rekey_queue_depth", "Work that waits, by kind.", []string{"what"}, nil), ask}
}

// RunsHeld returns a collector. ask returns how many runs are held, by reason.
func RunsHeld(ask func() map[string]int) prometheus.Collector {
	return gauges{prometheus.NewDesc("rekey_runs_held", "Held runs: above_ceiling waits for approval, owner_blocked for another owner.", []string{"reason"}, nil), ask}
}

// DirectoriesUp returns a collector. ask returns 1 for each directory whose last import
// did not fail, else 0, by name.
func DirectoriesUp(ask func() map[string]int) prometheus.Collector {
	return gauges{prometheus.NewDesc("rekey_directory_up", "0 while the import of a directory fails, else 1.", []string{"directory"}, nil), ask}
}

// TransportUp returns a collector. ask reports whether the mail server is not known
// to be down.
func TransportUp(ask func() bool) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "rekey_transport_up", Help: "1 while the mail server can be used or was not tried yet, 0 while it refuses.",
	}, func() float64 {
		if ask() {
			return 1
		}
		return 0
	})
}

// Gauge returns a collector. ask returns the number.
func Gauge(name, help string, ask func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, ask)
}

// gauges is a collector of numbers with one label.
type gauges struct {
	desc *prometheus.Desc
	ask  func() map[string]int
}

// Describe implements prometheus.Collector.
func (g gauges) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- g.desc }

// Collect implements prometheus.Collector.
func (g gauges) Collect(metrics chan<- prometheus.Metric) {
	for label, n := range g.ask() {
		metrics <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(n), label)
	}
}

// Event implements engine.Observer.
func (m *Metrics) Event(e rekey.Event, repeat bool) {
	m.events.WithLabelValues(e.Type, strconv.FormatBool(repeat)).Inc()
}

// Run implements engine.Observer.
func (m *Metrics) Run(r rekey.Run) { m.runs.WithLabelValues(string(r.State)).Inc() }

// Delivery implements engine.Observer.
func (m *Metrics) Delivery(d rekey.Delivery, sinceEvent time.Duration) {
	m.deliveries.WithLabelValues(string(d.State), string(d.Reason)).Inc()
	if d.State == rekey.DeliverySent {
		m.acceptance.Observe(sinceEvent.Seconds())
	}
	if d.ReplyCode != 0 {
		m.replies.WithLabelValues(strconv.Itoa(d.ReplyCode)).Inc()
	}
}

// LoginFailed counts a log-in that failed, on the console or the API, by its
// outcome: refused, locked or limited.
func (m *Metrics) LoginFailed(outcome string) { m.loginFailure.WithLabelValues(outcome).Inc() }

func (m *Metrics) request(route string, status int) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
}

func (m *Metrics) answered(route string, took time.Duration) {
	m.requestTime.WithLabelValues(route).Observe(took.Seconds())
}

// Register adds the route /metrics.
func (m *Metrics) Register(mux *http.ServeMux) {
	mux.Handle(metricsPattern, promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
}
