package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// terminal returns the descriptor of the terminal that w writes to.
func terminal(w io.Writer) (fd int, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || os.Getenv("TERM") == "dumb" {
		return 0, false
	}
	return int(f.Fd()), true
}

// columns returns the width of the terminal that w writes to, or 0 when it
// writes to none.
func columns(w io.Writer) int {
	width, _ := size(w)
	return width
}

// size returns how many columns and lines the terminal that w writes to has; 0
// when it writes to none.
func size(w io.Writer) (width, height int) {
	fd, ok := terminal(w)
	if !ok {
		return 0, 0
	}
	width, height, err := term.GetSize(fd)
	if err != nil || width <= 0 || height <= 0 {
		return 80, 24
	}
	return width, height
}
