package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/cachier-go/cachier/cmd/cachier/internal/replay"
	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
)

type replayCommand struct {
	File string `arg:"" placeholder:"FILE" help:"The trace: one key a line; CSV of time,key,size,cost; big-endian uint32; or JSON lines of timestamp and hash_ids. Plain or compressed (gzip, bzip2, xz, zstd). - reads standard input."`

	MaxEntries *int           `placeholder:"N" help:"Keep at most so many entries (10,000 unless --max-weight is given)."`
	MaxWeight  *int64         `placeholder:"BYTES" help:"Keep at most so many bytes, by the sizes in the trace."`
	TTL        *time.Duration `name:"ttl" placeholder:"DURATION" help:"Keep each entry for so long, such as 90s or 1h, in the trace's own time."`
	Format     trace.Format   `default:"auto" placeholder:"FORMAT" help:"What the file is, where that can't be told from it: lines, csv, uint32 or jsonl."`
	JSON       bool           `name:"json" help:"Report as JSON, with times in seconds."`
}

// Validate refuses what can't be meant, before the file is opened.
func (c *replayCommand) Validate() error {
	switch {
	case c.MaxEntries != nil && (*c.MaxEntries <= 0 || *c.MaxEntries > 1<<31-1):
		return fmt.Errorf("--max-entries is %d; want 1 to %d", *c.MaxEntries, 1<<31-1)
	case c.MaxWeight != nil && *c.MaxWeight <= 0:
		return fmt.Errorf("--max-weight is %d; want 1 byte or more", *c.MaxWeight)
	case c.TTL != nil && *c.TTL <= 0:
		return fmt.Errorf("--ttl is %v; want more than 0, or no --ttl for entries that stay fresh", *c.TTL)
	}
	return nil
}

func (c *replayCommand) Run(ctx context.Context, out console) (err error) {
	t, err := trace.Open(c.File, trace.Options{Format: c.Format})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()

	o := replay.Options{MaxEntries: given(c.MaxEntries), MaxWeight: given(c.MaxWeight), TTL: given(c.TTL)}
	bar := progress(out, t)
	o.Progress = func() { _ = bar.Set64(t.Consumed()) }
	report, err := replay.Run(ctx, t, o)
	_ = bar.Clear()
	switch {
	case errors.Is(err, replay.ErrNoTimes):
		return usageError(fmt.Sprintf("%s has no times, so --ttl can't be judged: leave it out, or give CSV with a column time", t.Name()))
	case errors.Is(err, replay.ErrNoSizes):
		return usageError(fmt.Sprintf("%s has no sizes, so --max-weight can't be kept: use --max-entries, or give CSV with a column size", t.Name()))
	case err != nil:
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(out.out)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(report)
	} else {
		err = report.WriteText(out.out)
	}
	if err == nil && !report.Complete {
		return errInterrupted
	}
	return err
}

// given is the value of a flag, or zero where it wasn't given: "--ttl 0" is a
// mistake, no --ttl isn't.
func given[T any](flag *T) (value T) {
	if flag != nil {
		value = *flag
	}
	return value
}

// progress draws how much of the file has been read, if somebody can see it.
func progress(out console, t *trace.Reader) *progressbar.ProgressBar {
	size := t.Size()
	if size == 0 {
		size = -1 // a pipe: how much is to come isn't known
	}
	_, visible := terminal(out.err)
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(out.err),
		progressbar.OptionSetVisibility(visible),
		progressbar.OptionSetDescription("replaying"),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowBytes(true),
		progressbar.OptionUseIECUnits(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}
