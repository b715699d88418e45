package cli

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/cachier-go/cachier/cmd/cachier/internal/demo"
	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
)

type demoCommand struct {
	Addr    string         `default:"127.0.0.1:9090" placeholder:"HOST:PORT" help:"Where to serve the page and /metrics (${default}); port 0 takes a free one."`
	Backend string         `placeholder:"URL" help:"Keep the results of all functions there: memory:, ${stores}. Without it memory, files and SQLite are shown side by side."`
	For     *time.Duration `placeholder:"DURATION" help:"End by itself after so long, such as 30s. Without it, Ctrl-C ends the demo."`
}

// Validate refuses a demo that would end before it began, and an address that
// can't be one.
func (c *demoCommand) Validate() error {
	_, port, err := net.SplitHostPort(c.Addr)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("--addr is %q; want host:port, such as 127.0.0.1:9090 or :9090", c.Addr)
	}
	if c.For != nil && *c.For <= 0 {
		return fmt.Errorf("--for is %v; want more than 0", *c.For)
	}
	return nil
}

func (c *demoCommand) Run(ctx context.Context, out console) error {
	var backend *location.Location
	if c.Backend != "" {
		l, err := location.Parse(c.Backend)
		if err != nil {
			return err
		}
		backend = &l
	}
	return demo.Run(ctx, demo.Options{
		Backend: backend,
		Addr:    c.Addr, For: given(c.For),
		Out: out.out, Columns: func() int { return columns(out.out) },
	})
}
