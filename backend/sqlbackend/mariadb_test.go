//go:build unix

package sqlbackend_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/cachier-go/cachier/backend"
	"github.com/cachier-go/cachier/internal/testserver"
)

func init() {
	_ = mysql.SetLogger(&mysql.NopLogger{}) // it tells of every connection that breaks
}

func startMariaDB(t testing.TB, args ...string) *mariaDB {
	t.Helper()
	m := testserver.StartMariaDB(t, args...)
	return &mariaDB{MariaDB: m}
}

func TestMariaDB(t *testing.T) {
	t.Parallel()
	s := startMariaDB(t)
	db := s.open(t, "")
	t.Run("conformance", func(t *testing.T) { s.conform(t) })
	t.Run("clocks apart", func(t *testing.T) {
		for _, minutes := range []int64{5, -5} { // the session's clock then stands still
			s.clocksApart(t, s.open(t, fmt.Sprintf("timestamp=%d", time.Now().Unix()+60*minutes)))
		}
	})
	t.Run("tables vanish", s.vanish)
	t.Run("foreign tables", s.foreign)
	t.Run("half made", s.halfMade)
	t.Run("read-only", func(t *testing.T) { s.readOnly(t, "tx_read_only=1") })
	t.Run("few connections", func(t *testing.T) {
		for _, text := range []string{"CREATE USER few WITH MAX_USER_CONNECTIONS 3", "GRANT ALL ON test.* TO few"} {
			_, err := db.Exec(text)
			must(t, err)
		}
		s.fewConnections(t, strings.Replace(s.DSN, "root@", "few@", 1))
	})
	t.Run("secrets", func(t *testing.T) {
		s.secrets(t, strings.Replace(s.DSN, "root@", "root:s3cret@", 1), "u:s3cret@tcp(127.0.0.1:1)/x")
	})
	t.Run("a bad start", s.startsBadly)
	t.Run("large", func(t *testing.T) { large(t, s.open(t, ""), s.table(), 10<<20) })
	t.Run("packets", func(t *testing.T) {
		var before int
		must(t, db.QueryRow("SELECT @@GLOBAL.max_allowed_packet").Scan(&before))
		limit := func(n int) {
			_, err := db.Exec(fmt.Sprintf("SET GLOBAL max_allowed_packet = %d", n))
			must(t, err)
		}
		limit(1 << 20)
		defer limit(before)
		for _, parameters := range []string{"", "maxAllowedPacket=65536", "maxAllowedPacket=0"} {
			b := over(t, s.open(t, parameters), s.table())
			must(t, b.Set(t.Context(), "k", backend.Entry{Value: []byte("old")}))
			if err := b.Set(t.Context(), "k", backend.Entry{Value: make([]byte, 5<<20)}); !errors.Is(err, backend.ErrTooLarge) {
				t.Errorf("%q: %v, want ErrTooLarge", parameters, err)
			}
			if e, err := b.Get(t.Context(), "k"); err != nil || string(e.Value) != "old" {
				t.Errorf("%q: the old entry became %q, %v", parameters, e.Value, err)
			}
		}
	})
	t.Run("other drivers' counts", func(t *testing.T) {
		excludeEachOther(t, "mysql", s.with("clientFoundRows=true"), "counted")
		unprepared(t, s.table(), s.open(t, "clientFoundRows=true&interpolateParams=true"))
		unprepared(t, s.table(), s.open(t, "tx_isolation=%27SERIALIZABLE%27&time_zone=%27%2B09:00%27&parseTime=true"))
	})
	t.Run("killed writers", func(t *testing.T) {
		nothingIn(t, killWriters(t, "mysql", s.DSN), "cachier_entries")
	})
	t.Run("restart", s.restart)
}

// halfMade is what somebody leaves who is killed while making the tables: the
// next one completes it.
func (s *mariaDB) halfMade(t *testing.T) {
	db, o := s.open(t, ""), s.table()
	must(t, over(t, db, o).Set(t.Context(), "k", backend.Entry{}))
	for _, text := range []string{"DELETE FROM %s_schema", "DROP TABLE %s_schema"} {
		_, err := db.Exec(fmt.Sprintf(text, o.Table))
		must(t, err)
		_, err = over(t, db, o).Get(t.Context(), "k")
		must(t, err)
	}
}
