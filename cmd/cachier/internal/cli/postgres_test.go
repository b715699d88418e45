//go:build unix

package cli_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// Every command works on a PostgreSQL database, and no output tells a password,
// whatever goes wrong.
func TestPostgreSQL(t *testing.T) {
	p := testserver.StartPostgres(t)
	const secret = "hunter2"
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", secret) // which this server doesn't ask for
	at := u.String()

	quietly := func(wantCode int, want string, args ...string) string {
		t.Helper()
		code, stdout, stderr := run(t, args...)
		if code != wantCode || !strings.Contains(stdout+stderr, want) || strings.Contains(stdout+stderr, secret) || strings.Count(stderr, "\n") > 1 {
			t.Errorf("%v: %d\n%s%swant %s", args, code, stdout, stderr, want)
		}
		return stdout
	}
	each := func(wantCode int, want, at string) {
		t.Helper()
		for _, args := range [][]string{{"ls", at}, {"size", at}, {"clear", at, "--all", "--yes"}, {"gc", at}} {
			quietly(wantCode, want, args...)
		}
	}
	each(2, "cachier: "+p.URL+" is a database without the tables of a cache (cachier_entries); for others use postgres://USER@HOST/DATABASE?table=NAME", at)
	each(2, "&table=mine is a database without the tables of a cache named mine", at+"&table=mine")

	for _, at := range []string{at, at + "&table=mine"} {
		b := create(t, at)
		put(t, b, stored("shop", "f", "1", "one"), 10, 0)
		put(t, b, stored("shop", "g", "1", "two"), 10, 0)
		var usage map[string]any
		if text := quietly(0, "", "size", at, "--json"); json.Unmarshal([]byte(text), &usage) != nil {
			t.Errorf("size says %s", text)
		}
		quietly(0, "one", "ls", at)
		quietly(0, "", "gc", at)
		quietly(0, "Deleted 1 entry.", "clear", at, "f", "--yes")
		quietly(0, "two", "ls", at)
	}
	quietly(0, p.URL, "demo", "--backend", at, "--addr", "127.0.0.1:0", "--for", "1s")

	nobody := strings.Replace(at, p.Addr, testserver.FreeAddr(t), 1)
	each(2, "can't be reached", nobody)
	each(2, "can't be reached", strings.Replace(at, "/postgres?", "/none?", 1))
	each(2, "can't be opened: Options.Table", at+"&table=a-b")
	for _, wrong := range []string{
		"postgres:" + secret + "@x", "postgres://u:" + secret + "@here:port/db", "postgres://u:" + secret + "%zz@here/db", "postgres://u:a/" + secret + "@here/db",
		"postgres://here/db?sslmode=none&password=" + secret, "postgre://u:" + secret + "@here/db", "postgresql://u:" + secret + "@here/db#x",
		"host=here password='" + secret + " x'", "password=" + secret,
	} {
		each(2, "want ", wrong)
		quietly(2, "want ", "demo", "--backend", wrong)
	}
}
