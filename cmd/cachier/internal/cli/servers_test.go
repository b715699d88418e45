//go:build unix

package cli_test

import (
	"database/sql"
	"encoding/json"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// secret is the password in the URLs here.
const secret = "hunter2"

func TestPostgreSQL(t *testing.T) {
	p := testserver.StartPostgres(t)
	onServer(t, databaseServer{
		addr: p.Addr, url: p.URL + "&", form: "postgres://USER@HOST/DATABASE", // which doesn't ask for a password
		known: strings.Replace(p.URL, "postgres@", "postgres:"+secret+"@", 1) + "&", database: "/postgres?",
	})
}

func TestMySQL(t *testing.T) {
	m := testserver.StartMariaDB(t)
	db, err := sql.Open("mysql", m.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, text := range []string{"CREATE USER app IDENTIFIED BY '" + secret + "'", "GRANT ALL ON test.* TO app"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	onServer(t, databaseServer{
		addr: m.Addr, url: "mysql://app@" + m.Addr + "/test?timeout=5s&", form: "mysql://USER@HOST/DATABASE",
		known: "mysql://app:" + secret + "@" + m.Addr + "/test?timeout=5s&", database: "/test?",
	})
	t.Setenv("MYSQL_PWD", secret)
	if code, _, stderr := run(t, "size", "mariadb://app@"+m.Addr+"/test"); code != 0 {
		t.Errorf("with the password in the environment: %d, %s", code, stderr)
	}
	code, stdout, stderr := run(t, "size", "mysql://other:"+secret+"@"+m.Addr+"/test")
	if code != 2 || !strings.Contains(stderr, "can't be reached") || strings.Contains(stdout+stderr, secret) {
		t.Errorf("a wrong password: %d, %s%s", code, stdout, stderr)
	}
}

// databaseServer is one that commands are pointed at: its URL as it is shown, and
// as it is known, both with the beginning of another parameter.
type databaseServer struct{ addr, url, known, form, database string }

// quietly runs a command that says one thing, in one line if it goes wrong, and
// never the password. It returns what was written to standard output.
func quietly(t *testing.T, wantCode int, want string, args ...string) string {
	t.Helper()
	code, stdout, stderr := run(t, args...)
	if code != wantCode || !strings.Contains(stdout+stderr, want) || strings.Contains(stdout+stderr, secret) || strings.Count(stderr, "\n") > 1 {
		t.Errorf("%v: %d\n%s%swant %s", args, code, stdout, stderr, want)
	}
	return stdout
}

// eachQuietly runs every command that looks into a store.
func eachQuietly(t *testing.T, wantCode int, want, at string) {
	t.Helper()
	for _, args := range [][]string{{"ls", at}, {"size", at}, {"clear", at, "--all", "--yes"}, {"gc", at}} {
		quietly(t, wantCode, want, args...)
	}
}

// onServer tests that every command works on a server, and that no output tells
// a password, whatever goes wrong.
func onServer(t *testing.T, s databaseServer) {
	t.Helper()
	at, shown := strings.TrimSuffix(s.known, "&"), strings.TrimSuffix(s.url, "&")
	scheme, _, _ := strings.Cut(s.form, ":")

	quietly := func(wantCode int, want string, args ...string) string {
		t.Helper()
		return quietly(t, wantCode, want, args...)
	}
	each := func(wantCode int, want, at string) { t.Helper(); eachQuietly(t, wantCode, want, at) }
	each(2, "cachier: "+shown+" is a database without the tables of a cache (cachier_entries); for others use "+s.form+"?table=NAME", at)
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
	quietly(0, shown, "demo", "--backend", at, "--addr", "127.0.0.1:0", "--for", "1s")

	nobody := strings.Replace(at, s.addr, testserver.FreeAddr(t), 1)
	each(2, "can't be reached", nobody)
	each(2, "can't be reached", strings.Replace(at, s.database, "/none?", 1))
	each(2, "can't be opened: Options.Table", at+"&table=a-b")
	for _, wrong := range []string{
		scheme + ":" + secret + "@x", scheme + "://u:" + secret + "@here:port/db", scheme + "://u:" + secret + "%zz@here/db", scheme + "://u:a/" + secret + "@here/db",
		scheme + "://u:" + secret + "@here/db#x", scheme + "x://u:" + secret + "@here/db", "host=here password='" + secret + " x'", "password=" + secret,
		"postgres://here/db?sslmode=none&password=" + secret, "mysql://u:" + secret + "@here/db?timeout=x", "mysql://u:" + secret + "@here",
	} {
		each(2, "want ", wrong)
		quietly(2, "want ", "demo", "--backend", wrong)
	}
}
