package integration_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

func postgresServer(t testing.TB) *server {
	p := testserver.StartPostgres(t)
	operator := func(texts ...string) func() {
		return run(t, "pgx", p.URL+"&default_transaction_read_only=off", texts...)
	}
	return &server{
		daemon: p, addr: p.Addr,
		open: func(t testing.TB, addr string) backend.Locker {
			return overServer(t, openServer(t, "pgx", strings.Replace(p.URL, p.Addr, addr, 1)), tableOf(t.Name()))
		},
		more: map[string]outage{"read-only": {
			begin:  operator("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"),
			end:    operator("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()"),
			errors: true,
		}},
	}
}

func mariaServer(t testing.TB) *server {
	m := testserver.StartMariaDB(t)
	operator := func(texts ...string) func() { return run(t, "mysql", m.DSN, texts...) }
	operator("CREATE USER app", "GRANT ALL ON test.* TO app")() // whom read_only binds
	return &server{
		daemon: m, addr: m.Addr,
		open: func(t testing.TB, addr string) backend.Locker {
			dsn := strings.Replace(strings.Replace(m.DSN, "root@", "app@", 1), m.Addr, addr, 1)
			return overServer(t, openServer(t, "mysql", dsn), tableOf(t.Name()))
		},
		more: map[string]outage{"read-only": {
			begin:  operator("SET GLOBAL read_only = 1"),
			end:    operator("SET GLOBAL read_only = 0"),
			errors: true,
		}},
	}
}

// run returns what has a server do something.
func run(t testing.TB, driver, dsn string, texts ...string) func() {
	return func() {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = db.Close() }()
		for _, text := range texts {
			if _, err := db.Exec(text); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}
