package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// upstream is somebody else's service, slow and now and then broken: a real
// HTTP server on the loopback address.
//
// Every outageEvery it is out of order for outageLasts: most requests for
// rates then end in an error 503. Weather is only slow.
type upstream struct {
	base   string
	start  time.Time
	server *http.Server
	client *http.Client
}

const (
	outageEvery = 45 * time.Second
	outageLasts = 12 * time.Second
)

func startUpstream() (*upstream, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the slow service that the demo asks: %w", err)
	}
	u := &upstream{
		base:  "http://" + listener.Addr().String(),
		start: time.Now(),
		client: &http.Client{
			Timeout:   5 * time.Second,
			Transport: &http.Transport{MaxIdleConnsPerHost: 16, DisableCompression: true},
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /rates/{currency}", u.serveRate)
	mux.HandleFunc("GET /weather/{city}", u.serveWeather)
	u.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = u.server.Serve(listener) }() // ended by close
	return u, nil
}

func (u *upstream) close() error {
	u.client.CloseIdleConnections()
	return u.server.Close()
}

// broken reports whether the service is out of order after running for d.
func broken(d time.Duration) bool { return d%outageEvery > outageEvery-outageLasts }

func (u *upstream) serveRate(w http.ResponseWriter, r *http.Request) {
	if !doze(r.Context(), 40*time.Millisecond, 0.4) {
		return
	}
	d := time.Since(u.start)
	if broken(d) && rand.Float64() < 0.9 {
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	value := 1 + 0.2*math.Sin(d.Seconds()/30+float64(r.PathValue("currency")[0]))
	_ = json.NewEncoder(w).Encode(rate{r.PathValue("currency"), math.Round(value*1e4) / 1e4})
}

func (u *upstream) serveWeather(w http.ResponseWriter, r *http.Request) {
	if !doze(r.Context(), 90*time.Millisecond, 0.6) {
		return
	}
	// It seldom changes: most of what is fetched again was fetched in vain.
	hour := int(time.Since(u.start) / (20 * time.Second))
	degrees := 12 + (hour*7+len(r.PathValue("city")))%9
	_ = json.NewEncoder(w).Encode(forecast{r.PathValue("city"), degrees})
}

// doze sleeps for a log-normal time, as answers of real services take. It
// returns false when the caller has gone.
func doze(ctx context.Context, median time.Duration, sigma float64) bool {
	const longest = time.Second
	took := time.Duration(float64(median) * math.Exp(sigma*rand.NormFloat64()))
	timer := time.NewTimer(min(took, longest))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

type rate struct {
	Currency string
	Value    float64
}

type forecast struct {
	City    string
	Degrees int
}

func (u *upstream) fetchRate(ctx context.Context, currency string) (rate, error) {
	var r rate
	err := u.get(ctx, "/rates/"+currency, &r)
	return r, err
}

func (u *upstream) fetchWeather(ctx context.Context, city string) (forecast, error) {
	var f forecast
	err := u.get(ctx, "/weather/"+city, &f)
	return f, err
}

func (u *upstream) get(ctx context.Context, path string, into any) (err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.base+path, nil)
	if err != nil {
		return err
	}
	response, err := u.client.Do(request)
	if err != nil {
		return err
	}
	defer func() {
		_, drain := io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10)) // so that the connection is used again
		err = errors.Join(err, drain, response.Body.Close())
	}()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
