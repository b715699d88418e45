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
	db, err := sql.Open("pgx", p.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var hba string
	if err := db.QueryRow("SHOW hba_file").Scan(&hba); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"CREATE ROLE app LOGIN PASSWORD '" + secret + "'",
		"COPY (VALUES ('host all app all scram-sha-256'), ('host all all all trust')) TO '" + hba + "'",
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	p.Stop()
	p.Restart(t) // with what was written
	at := func(user, addr, database string) string {
		return "postgres://" + user + ":" + secret + "@" + addr + "/" + database + "?sslmode=disable"
	}
	host, port := strings.Replace(p.Addr, "127.0.0.1", "127.0.0.2", 1), testserver.FreeAddr(t)
	startsBadly(t, map[string]string{
		host: at("app", host, "postgres"), port: at("app", port, "postgres"), `database "none"`: at("app", p.Addr, "none"),
		`role "nobody"`: at("nobody", p.Addr, "postgres"), `password authentication failed for user "app"`: strings.Replace(at("app", p.Addr, "postgres"), secret, secret+"x", 1),
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
	at := func(user, addr, database string) string {
		return "mysql://" + user + ":" + secret + "@" + addr + "/" + database
	}
	host, port := strings.Replace(m.Addr, "127.0.0.1", "127.0.0.2", 1), testserver.FreeAddr(t)
	startsBadly(t, map[string]string{
		host: at("app", host, "test"), port: at("app", port, "test"), "'none'": at("app", m.Addr, "none"),
		"user 'nobody'": at("nobody", m.Addr, "test"), "user 'app'": strings.Replace(at("app", m.Addr, "test"), secret, secret+"x", 1),
	})
}

func TestMongoDB(t *testing.T) {
	m := testserver.StartMongo(t)
	onServer(t, databaseServer{
		addr: m.Addr, url: "mongodb://postgres@" + m.Addr + "/app?authMechanism=PLAIN&", form: "mongodb://USER@HOST/DATABASE",
		known: "mongodb://postgres:" + secret + "@" + m.Addr + "/app?authMechanism=PLAIN&", database: "/app?",
		collections: true,
	})
	nobody := testserver.FreeAddr(t)
	startsBadly(t, map[string]string{
		nobody:                        "mongodb://app:" + secret + "@" + nobody + "/app?serverSelectionTimeoutMS=500",
		".invalid":                    "mongodb://app:" + secret + "@nowhere.invalid/app?serverSelectionTimeoutMS=500",
		"the password is another one": "mongodb://other:" + secret + "@" + m.Addr + "/app",
	})
}

// databaseServer is one that commands are pointed at: its URL as it is shown, and
// as it is known, both with the beginning of another parameter.
type databaseServer struct {
	addr, url, known, form, database string
	collections                      bool // not tables
}

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
	table, tables := "table", "tables"
	none, badTable := "can't be reached", "can't be opened: Options.Table"
	if s.collections {
		table, tables = "collection", "collection"
		none, badTable = "/none?authMechanism=PLAIN is a database without the collection", "is a database without the collection of a cache named a-b"
	}
	each(2, "cachier: "+shown+" is a database without the "+tables+" of a cache (cachier_entries); for others use "+s.form+"?"+table+"=NAME", at)
	each(2, "&"+table+"=mine is a database without the "+tables+" of a cache named mine", at+"&"+table+"=mine")

	for _, at := range []string{at, at + "&" + table + "=mine"} {
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
	each(2, none, strings.Replace(at, s.database, "/none?", 1))
	each(2, badTable, at+"&"+table+"=a-b")
	for _, wrong := range []string{
		scheme + ":" + secret + "@x", scheme + "://u:" + secret + "@here:port/db", scheme + "://u:" + secret + "%zz@here/db", scheme + "://u:a/" + secret + "@here/db",
		scheme + "://u:" + secret + "@here/db#x", scheme + "x://u:" + secret + "@here/db", "host=here password='" + secret + " x'", "password=" + secret,
		"postgres://here/db?sslmode=none&password=" + secret, "mysql://u:" + secret + "@here/db?timeout=x", "mysql://u:" + secret + "@here",
		"mongodb://u:" + secret + "@here", "mongodb://u:" + secret + "@here/", "mongodb://u:" + secret + "@here/db?timeoutMS=x", "mongodb+srv://u:" + secret + "@/",
	} {
		each(2, "want ", wrong)
		quietly(2, "want ", "demo", "--backend", wrong)
	}
}
