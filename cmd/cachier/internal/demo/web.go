package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net"
	"net/http"
	"time"

	"github.com/cachier-go/cachier/export/promexport"
)

//go:embed web
var webFiles embed.FS

var webPage = template.Must(template.ParseFS(webFiles, "web/page.html"))

// policy lets the page load its own files and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// startWeb serves the page and the metrics until the server is shut down.
func startWeb(listener net.Listener, s *service) *http.Server {
	server := &http.Server{Handler: s.handler(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // ended by Shutdown
	return server
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	// Classic buckets too: nobody who tries the demo should have to set a scraper up for it.
	mux.Handle("GET /metrics", promexport.Handler(s.registry, promexport.WithClassicBuckets()))
	mux.HandleFunc("GET /{$}", s.servePage)
	for _, file := range []string{"style.css", "page.js", "icon.svg"} {
		mux.HandleFunc("GET /"+file, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, webFiles, "web/"+file)
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store") // another run of the demo may have other files
		mux.ServeHTTP(w, r)
	})
}

func (s *service) servePage(w http.ResponseWriter, r *http.Request) {
	var page bytes.Buffer
	if err := webPage.Execute(&page, s.view(r.Context())); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes()) // a reader that has gone needs no answer
}
