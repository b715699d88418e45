// Package cli is the command line of cachier: what it understands, and how it
// ends. The commands themselves stand in packages of their own.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/cachier-go/cachier/cmd/cachier/internal/location"
	"github.com/cachier-go/cachier/cmd/cachier/internal/trace"
)

// How the program ends.
const (
	exitOK          = 0
	exitFailed      = 1   // something didn't work
	exitUsage       = 2   // the command line or a file named on it is wrong
	exitInterrupted = 130 // cut short by a signal, as a shell says it
)

// commandLine is the grammar. A command is a struct with its flags as fields
// and a Run method.
type commandLine struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Demo   demoCommand   `cmd:"" help:"Run a small service with cached functions under load, and watch them being measured."`
	Replay replayCommand `cmd:"" help:"Replay an access trace through a cached function and report how it fared."`
	Ls     lsCommand     `cmd:"" help:"List the entries of a store."`
	Size   sizeCommand   `cmd:"" help:"Say how much each function has in a store."`
	Clear  clearCommand  `cmd:"" help:"Delete the entries of a function, or of all, from a store."`
	Report reportCommand `cmd:"" help:"Say what a fleet of programs has counted."`
	Top    topCommand    `cmd:"" help:"Watch what a fleet of programs counts."`
	GC     gcCommand     `cmd:"" name:"gc" help:"Remove from a store what has expired and what dead processes left behind."`

	Grafana grafanaCommand `cmd:"" help:"Print a dashboard of cached functions for Grafana, as JSON."`
	Rules   rulesCommand   `cmd:"" help:"Print recording and alert rules about cached functions for Prometheus, as YAML."`
}

// console is where a command writes, results to out and everything else to err,
// and where answers to its questions come from.
type console struct {
	in       io.Reader
	out, err io.Writer
}

// usageError says what is wrong with the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

// errInterrupted ends a command that a signal cut short, after it has said so.
var errInterrupted = errors.New("interrupted")

// Run runs the command that args name and returns the code to exit with. The
// end of ctx asks the command to end early.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	// Kong ends the program to print help or the version.
	type exit int
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(exit)
			if !ok {
				panic(r)
			}
			code = int(e)
		}
	}()
	var grammar commandLine
	parser, err := kong.New(&grammar,
		kong.Name("cachier"),
		kong.Description("Cached functions, measured. See what a cache does before and while it does it."),
		kong.Vars{"version": "cachier " + version(), "stores": location.Forms},
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { panic(exit(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(console{stdin, stdout, stderr}),
	)
	if err != nil {
		panic(err) // the grammar itself is wrong
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return failed(stderr, usageError(err.Error()+seeHelp(err)))
	}
	return failed(stderr, parsed.Run())
}

// seeHelp names the help that fits a mistake in the command line.
func seeHelp(err error) string {
	command := "cachier"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if selected := wrong.Context.Selected(); selected != nil {
			command += " " + selected.Name
		}
	}
	return " (see " + command + " --help)"
}

// failed tells of err, if there is one, and chooses the exit code.
func failed(stderr io.Writer, err error) int {
	var (
		usage usageError
		file  *trace.Error
		store *location.Error
	)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &file), errors.As(err, &store):
		complain(stderr, err)
		return exitUsage
	}
	complain(stderr, err)
	return exitFailed
}

// complain writes err as one line.
func complain(stderr io.Writer, err error) {
	line := strings.Join(strings.FieldsFunc(err.Error(), func(c rune) bool { return c == '\n' || c == '\r' }), "; ")
	_, _ = fmt.Fprintln(stderr, "cachier:", strings.TrimPrefix(line, "cachier: "))
}

// version is the module's, as the go command recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
