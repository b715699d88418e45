package promexport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/cachier-go/cachier/metrics"
)

// shutdownTimeout is how long scrapes under way may take to end once the server's context has ended.
const shutdownTimeout = 5 * time.Second

// ListenAndServe serves the metrics of source on addr, such as "127.0.0.1:9464", at the path /metrics, until ctx ends. It
// then waits up to five seconds for scrapes under way and returns nil. A port that is taken, or a nil source, is an error
// at once.
//
// It is for programs that have no HTTP server. One that has mounts [Handler] there.
func ListenAndServe(ctx context.Context, addr string, source metrics.Source, opts ...Option) error {
	if err := check(source); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("promexport: %w; choose another port, or port 0 for any free one", err)
	case err != nil:
		return fmt.Errorf("promexport: %w", err)
	}
	return Serve(ctx, listener, source, opts...)
}

// Serve is [ListenAndServe] on a listener, which it closes.
func Serve(ctx context.Context, listener net.Listener, source metrics.Source, opts ...Option) error {
	if err := check(source); err != nil {
		return errors.Join(err, listener.Close())
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", Handler(source, opts...))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><title>cachier</title><p><a href="/metrics">/metrics</a>`)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}

	// The goroutine ends with ctx, or when Serve returns.
	ended, stop := context.WithCancel(ctx)
	defer stop()
	closed := make(chan error, 1)
	go func() {
		<-ended.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		closed <- server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("promexport: %w", err)
	}
	if err := <-closed; err != nil {
		return fmt.Errorf("promexport: scrapes under way were cut off: %w", errors.Join(err, server.Close()))
	}
	return nil
}
