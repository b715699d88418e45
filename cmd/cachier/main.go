// Command cachier shows what caches do: it runs a demonstration service,
// replays access traces, looks into stores and tidies them up, and prints a
// dashboard and alert rules. "cachier --help" lists its commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/cachier-go/cachier/cmd/cachier/internal/cli"
)

func main() {
	// SIGHUP is what a closed terminal leaves behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first signal asks for a clean end; the second one, then no longer
	// caught, enforces it.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
