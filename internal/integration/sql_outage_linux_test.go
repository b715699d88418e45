package integration_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

// fullPostgres keeps the entries in a tablespace on a disk of its own.
func fullPostgres(t *testing.T) (backend.Locker, outage) {
	p := testserver.StartPostgres(t)
	data := ask(t, "pgx", p.URL, "SHOW data_directory")
	// PostgreSQL itself makes a directory that it may use.
	run(t, "pgx", p.URL, "COPY (SELECT 1) TO PROGRAM 'mkdir -p ../disk'")()
	disk := filepath.Join(filepath.Dir(data), "disk")
	mount(t, disk, "4m")
	run(t, "pgx", p.URL, "COPY (SELECT 1) TO PROGRAM 'mkdir ../disk/space'", "CREATE TABLESPACE small LOCATION '"+disk+"/space'")()
	return overServer(t, openServer(t, "pgx", p.URL+"&default_tablespace=small"), ""), fullDisk(t, disk)
}

// fullMariaDB keeps them in a database whose directory is such a disk.
func fullMariaDB(t *testing.T) (backend.Locker, outage) {
	m := testserver.StartMariaDB(t)
	run(t, "mysql", m.DSN, "CREATE DATABASE small")()
	disk := filepath.Join(ask(t, "mysql", m.DSN, "SELECT @@datadir"), "small")
	mount(t, disk, "4m")
	return overServer(t, openServer(t, "mysql", strings.Replace(m.DSN, "/test", "/small", 1)), ""), fullDisk(t, disk)
}

// ask returns the one thing that a server answers.
func ask(t *testing.T, driver, dsn, query string) (answer string) {
	t.Helper()
	if err := openServer(t, driver, dsn).QueryRow(query).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}
