package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/cachier-go/cachier/cmd/cachier/internal/text"
)

// ask puts a question on the screen, which an answer of y or yes affirms. Where
// nobody can answer it is an error that says what to do.
func ask(ctx context.Context, out console, question string) (bool, error) {
	_, _ = fmt.Fprint(out.err, question)
	type answer struct {
		line string
		err  error
	}
	answered := make(chan answer, 1)
	go func() { // ends with the input, or with the program
		line, err := bufio.NewReader(out.in).ReadString('\n')
		answered <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		_, _ = fmt.Fprintln(out.err, "\nInterrupted: nothing was deleted.")
		return false, errInterrupted
	case a := <-answered:
		if a.line == "" && a.err != nil {
			_, _ = fmt.Fprintln(out.err)
			if a.err == io.EOF {
				return false, usageError("clear: nobody is there to be asked: give --yes, or --dry-run to see what it would do; nothing was deleted")
			}
			return false, a.err
		}
		line := strings.ToLower(strings.TrimSpace(a.line))
		return line == "y" || line == "yes", nil
	}
}

// text64 writes a number that may not be known.
func text64(n int64) string {
	if n < 0 {
		return "an unknown number"
	}
	return text.Count(uint64(n))
}
