//go:build unix

package sqlbackend_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/internal/testserver"
)

// secret is the password in the data sources here.
const secret = "hunter2"

// startsBadly asks something of databases that can't be reached, as a program
// may that would rather end than start without its store: the error names what
// is wrong, and never tells the password. The data sources are by that.
func startsBadly(t *testing.T, driver string, dsns map[string]string) {
	t.Helper()
	for names, dsn := range dsns {
		db, err := sql.Open(driver, dsn)
		must(t, err)
		b := over(t, db, nil)
		if _, err := b.Size(t.Context(), "none"); err == nil || !strings.Contains(err.Error(), names) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v; want it to name %s", strings.Replace(dsn, secret, "...", 1), err, names)
		}
		must(t, db.Close())
	}
}

func postgresStartsBadly(t *testing.T, s *server) {
	s.exec(t, "CREATE ROLE app LOGIN PASSWORD '"+secret+"'")
	asksForPassword(t, s, "app")
	at := func(user, addr, database string) string {
		return "postgres://" + user + "@" + addr + "/" + database + "?sslmode=disable"
	}
	host, port := strings.Replace(s.Addr, "127.0.0.1", "127.0.0.2", 1), testserver.FreeAddr(t)
	startsBadly(t, s.driver, map[string]string{
		host:                      at("app:"+secret, host, "postgres"),
		port:                      at("app:"+secret, port, "postgres"),
		`database "none"`:         at("app:"+secret, s.Addr, "none"),
		`role "nobody"`:           at("nobody:"+secret, s.Addr, "postgres"),
		`password authentication`: at("app:"+secret+"x", s.Addr, "postgres"),
	})
}

func (s *mariaDB) startsBadly(t *testing.T) {
	for _, text := range []string{"CREATE USER app IDENTIFIED BY '" + secret + "'", "GRANT ALL ON test.* TO app"} {
		_, err := s.open(t, "").Exec(text)
		must(t, err)
	}
	at := func(user, addr, database string) string { return user + "@tcp(" + addr + ")/" + database }
	host, port := strings.Replace(s.Addr, "127.0.0.1", "127.0.0.2", 1), testserver.FreeAddr(t)
	startsBadly(t, "mysql", map[string]string{
		host:                   at("app:"+secret, host, "test"),
		port:                   at("app:"+secret, port, "test"),
		"'none'":               at("app:"+secret, s.Addr, "none"),
		"user 'nobody'":        at("nobody:"+secret, s.Addr, "test"),
		"using password: YES":  at("app:"+secret+"x", s.Addr, "test"),
		"(using password: NO)": at("app", s.Addr, "test"),
	})
}
