package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/cmd/cachier/internal/cli"
)

// run runs a command line as the program does.
func run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	code = cli.Run(t.Context(), args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// file writes a file for a test and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMistakes(t *testing.T) {
	lines := file(t, "keys.txt", "a\nb\na\n")
	bad := file(t, "bad.csv", "1,a\nsoon,b\n")
	tests := []struct {
		args []string
		code int
		want string // the start of what is said, after "cachier: "
	}{
		{nil, 2, "expected one of "},
		{[]string{"bake"}, 2, "unexpected argument bake"},
		{[]string{"--loud"}, 2, "unknown flag --loud"},
		{[]string{"demo", "--for", "soon"}, 2, `--for: expected duration but got "soon"`},
		{[]string{"demo", "--for=-1s"}, 2, "demo: --for is -1s; want more than 0"},
		{[]string{"demo", "--for", "0s"}, 2, "demo: --for is 0s; want more than 0"},
		{[]string{"demo", "--addr", "9090"}, 2, `demo: --addr is "9090"; want host:port`},
		{[]string{"demo", "--addr", "localhost:http-ish"}, 2, `demo: --addr is "localhost:http-ish"; want host:port`},
		{[]string{"demo", "--addr", "localhost:70000"}, 2, `demo: --addr is "localhost:70000"; want host:port`},
		{[]string{"demo", "--backend", "memcached:"}, 2, `"memcached:" is of no kind that is known here; want file:DIR, `},
		{[]string{"demo", "--addr", "127.0.0.1:0", "--backend", "sqlite:" + lines}, 2, "sqlite:" + lines + " is no SQLite database"},
		{[]string{"demo", "--addr", "127.0.0.1:0", "--backend", "file:" + filepath.Dir(lines)}, 2, "file:" + filepath.Dir(lines) + " is a directory with other things in it; want a new"},
		{[]string{"rules", "--by", "a-b"}, 2, `rules: --by has "a-b"; want names of labels`},
		{[]string{"rules", "--by", "job,cache"}, 2, "rules: --by has cache, which rules are by anyway"},
		{[]string{"rules", "--by", "version"}, 2, "rules: --by has version, which only some of the metrics have"},
		{[]string{"rules", "--by", "__name__"}, 2, "rules: --by has __name__, which rules are by anyway or use themselves"},
		{[]string{"rules", "--by", "job,job"}, 2, "rules: --by has job twice"},
		{[]string{"grafana", "--uid", "a b"}, 2, `grafana: --uid is "a b"; want 1 to 40 letters, digits, - and _`},
		{[]string{"grafana", "--title", ""}, 2, "grafana: --title is empty"},
		{[]string{"replay"}, 2, `expected "<file>"`},
		{[]string{"replay", lines, "more"}, 2, "unexpected argument more"},
		{[]string{"replay", lines, "--max-entries", "0"}, 2, "replay: --max-entries is 0; want 1 to 2147483647"},
		{[]string{"replay", lines, "--max-entries=-5"}, 2, "replay: --max-entries is -5"},
		{[]string{"replay", lines, "--max-entries", "3000000000"}, 2, "replay: --max-entries is 3000000000"},
		{[]string{"replay", lines, "--max-entries", "many"}, 2, "--max-entries: expected a valid 64 bit int"},
		{[]string{"replay", lines, "--max-weight", "0"}, 2, "replay: --max-weight is 0; want 1 byte or more"},
		{[]string{"replay", lines, "--ttl", "0s"}, 2, "replay: --ttl is 0s; want more than 0"},
		{[]string{"replay", lines, "--ttl", "5"}, 2, `--ttl: expected duration but got "5"`},
		{[]string{"replay", lines, "--format", "xml"}, 2, `--format: unknown format "xml"; want one of auto, lines, csv, uint32, jsonl`},
		{[]string{"replay", lines, "--ttl", "5s"}, 2, lines + " has no times, so --ttl can't be judged: leave it out, or give CSV with a column time"},
		{[]string{"replay", lines, "--max-weight", "5"}, 2, lines + " has no sizes, so --max-weight can't be kept: use --max-entries, or give CSV with a column size"},
		{[]string{"replay", bad}, 2, bad + `: line 2: time "soon" is neither seconds nor RFC 3339; want time,key,size,cost such as`},
		{[]string{"replay", lines + ".none"}, 2, lines + ".none: no such file"},
		{[]string{"replay", t.TempDir()}, 2, ""},
		{[]string{"replay", file(t, "empty", "")}, 2, ""},
		{[]string{"replay", file(t, "cut.gz", "\x1f\x8b\x08\x00\x00")}, 2, ""},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			code, stdout, stderr := run(t, tt.args...)
			if code != tt.code || stdout != "" {
				t.Errorf("ended with %d, want %d, and wrote %q", code, tt.code, stdout)
			}
			if !strings.HasPrefix(stderr, "cachier: "+tt.want) {
				t.Errorf("got  %swant cachier: %s", stderr, tt.want)
			}
			if strings.Count(stderr, "\n") != 1 || !strings.HasSuffix(stderr, "\n") {
				t.Errorf("not one line: %q", stderr)
			}
		})
	}
}

func TestMistakesNameTheirHelp(t *testing.T) {
	for _, tt := range []struct {
		arg, want string
	}{{"--loud", "(see cachier --help)\n"}, {"replay", "(see cachier replay --help)\n"}} {
		if _, _, stderr := run(t, tt.arg); !strings.HasSuffix(stderr, tt.want) {
			t.Errorf("%s: %s", tt.arg, stderr)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"--help"}, []string{"Usage: cachier", "demo", "replay", "ls", "size", "clear", "gc", "grafana", "rules", "--version"}},
		{[]string{"demo", "--help"}, []string{"--addr", "127.0.0.1:9090", "--for", "--backend"}},
		{[]string{"replay", "--help"}, []string{"<file>", "--max-entries", "--max-weight", "--ttl", "--format", "--json"}},
		{[]string{"grafana", "--help"}, []string{"--title", "--uid", "--classic"}},
		{[]string{"rules", "--help"}, []string{"--by", "namespace,job", "--classic"}},
		{[]string{"--version"}, []string{"cachier "}},
	} {
		code, stdout, stderr := run(t, tt.args...)
		if code != 0 || stderr != "" {
			t.Errorf("%v: ended with %d: %s", tt.args, code, stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(stdout, want) {
				t.Errorf("%v: no %q in\n%s", tt.args, want, stdout)
			}
		}
	}
}

func TestReplay(t *testing.T) {
	path := file(t, "t.csv", "time,key,cost\n0,a,1\n1,b,1\n1,a,1\n500,a,1\n")
	code, stdout, stderr := run(t, "replay", path, "--max-entries", "50", "--ttl", "1m")
	if code != 0 || stderr != "" {
		t.Fatal(code, stderr)
	}
	for _, want := range []string{
		path + ": 4 accesses in 8m20s (csv, with time, cost)\nthrough a function that keeps at most 50 entries, each for 1m of the trace's time\n",
		"hit            1  25.0 %", "Hit ratio 25.0 %.", "computing took 3.00 s and hits saved 1.00 s (25.0 % of all)",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
}

func TestReplayJSON(t *testing.T) {
	code, stdout, stderr := run(t, "replay", "--json", "--max-entries=1000", "--format=lines", file(t, "1,2", "1,2\n3,4\n1,2\n"))
	if code != 0 || stderr != "" {
		t.Fatal(code, stderr)
	}
	var report struct {
		Complete bool
		Calls    int
		Outcomes struct{ Hit, Miss int }
		Ratios   struct{ Hit float64 }
		Trace    struct{ Format string }
		Cache    struct {
			MaxEntries int `json:"max_entries"`
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if !report.Complete || report.Calls != 3 || report.Outcomes.Hit != 1 || report.Outcomes.Miss != 2 ||
		report.Trace.Format != "lines" || report.Cache.MaxEntries != 1000 || report.Ratios.Hit < 0.33 || report.Ratios.Hit > 0.34 {
		t.Errorf("%+v", report)
	}
}
