// The command mongoserver is a server that speaks MongoDB's wire protocol, for
// tests: FerretDB over PostgreSQL, in a process of its own, so that it can be
// frozen, killed and started again. It is never released.
//
// FerretDB reads, computes and writes in steps of its own, where MongoDB changes
// a document in one. So a [gate] stands in front of it: one write at a time.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address, host and port, to listen on")
	postgres := flag.String("postgres", "", "URL of the PostgreSQL database that keeps the data")
	socket := flag.String("socket", "", "path of the socket between the gate and FerretDB")
	flag.Parse()
	if err := serve(*listen, *postgres, *socket); err != nil {
		fmt.Fprintln(os.Stderr, "mongoserver:", err)
		os.Exit(1)
	}
}

// serve prints its address and serves until it is told to end.
func serve(listen, postgres, socket string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err // what a killed one left behind is gone
	}
	db, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{Unix: socket},
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:  "postgresql", PostgreSQLURL: postgres,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	go func() { // ends with the process
		<-ctx.Done()
		_ = listener.Close() // ends the gate
	}()
	ended := make(chan error, 1)
	go func() { ended <- db.Run(ctx) }()
	fmt.Println(listener.Addr())
	(&gate{inner: socket}).serve(listener)
	return <-ended
}
