//go:build !race

package sqlbackend_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/cachier-go/cachier/backend/sqlbackend"
	"github.com/cachier-go/cachier/internal/killing"
)

func init() { children["bulk"] = bulk }

// bulk is a process that lists, sizes, cleans up and clears, and tells the most
// memory it ever had in KiB. Its argument is the data source.
func bulk(args []string) error {
	db, err := sql.Open("sqlite", args[0])
	if err != nil {
		return err
	}
	b, err := sqlbackend.New(db, nil)
	if err != nil {
		return err
	}
	ctx, n := context.Background(), int64(0)
	killing.Ready()
	for _, err := range b.List(ctx, "m/") {
		if err != nil {
			return err
		}
		n++
	}
	before, err := b.Size(ctx, "m/")
	if err != nil {
		return err
	}
	cleaned, err := b.Cleanup(ctx, "m/")
	if err != nil {
		return err
	}
	if err := b.Clear(ctx, "m/"); err != nil {
		return err
	}
	after, err := b.Size(ctx, "")
	if err != nil {
		return err
	}
	if n != many || before.Entries != many || before.Bytes != many*1000 || cleaned != many/10 || after.Entries != 0 {
		return fmt.Errorf("listed %d, sized %+v, cleaned up %d, left %+v", n, before, cleaned, after)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	peak := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(status)
	if peak == nil {
		return errors.New("no VmHWM")
	}
	fmt.Println(string(peak[1]))
	return nil
}

const many = 100_000

// Listing, sizing, cleaning up and clearing 100,000 entries of 1 kB takes less
// than 64 MiB, of a whole process.
func TestMemoryOfManyEntries(t *testing.T) {
	dsn := "file:" + filepath.Join(t.TempDir(), "cache.db") + recommended
	db := open(t, dsn, 0)
	if over(t, db, nil).Identity() == "" { // makes the tables
		t.Fatal("no identity")
	}
	_, err := db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO cachier_entries SELECT CAST('m/' || i AS BLOB), 0, CASE WHEN i % 10 = 0 THEN 1 END, 0, x'00', randomblob(1000) FROM n`, many)
	must(t, err)
	peak, err := strconv.Atoi(killing.Start(t, "bulk", dsn).Finish(t))
	must(t, err)
	t.Logf("at most %.1f MiB", float64(peak)/1024)
	if peak > 64<<10 {
		t.Errorf("it took %d KiB, want at most 64 MiB", peak)
	}
}
