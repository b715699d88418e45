package sqlbackend

import (
	"context"
	"database/sql"
	"regexp"
	"strings"

	"github.com/cachier-go/cachier/backend"
)

// statement is a text as the driver takes it, with the names of its arguments.
type statement struct {
	text  string
	names []string
	stmt  *sql.Stmt // prepared, once more on each connection, by database/sql; nil: not
}

var argument = regexp.MustCompile(`@[a-z]+`)

// compile makes a statement of a dialect's text. A name that stands there twice
// is two arguments, because not every driver numbers them.
func (b *Backend) compile(text string) *statement {
	s := &statement{}
	s.text = argument.ReplaceAllStringFunc(b.fill(text), func(name string) string {
		s.names = append(s.names, name[1:])
		return b.dialect.placeholder(len(s.names))
	})
	return s
}

// filler is what puts the names of the tables, and the time, into a text.
func (d *dialect) filler(table string) func(string) string {
	return strings.NewReplacer(
		"{entries}", d.quote(table),
		"{leases}", d.quote(table+"_leases"),
		"{schema}", d.quote(table+"_schema"),
		"{now}", d.now,
	).Replace
}

// arguments are the values of a statement's arguments, by name.
type arguments struct {
	key, from, to []byte
	limit         int
	entry         backend.Entry
	token, seen   string
	ttl           int64 // microseconds
	failed        int64
	taken         bool
	identity      string
}

// bind returns what the statement is to be run with. Times are as long from now
// as they are for this host, and the database then adds that to its own now.
func (a *arguments) bind(s *statement) []any {
	now := &instant{}
	values := make([]any, len(s.names))
	for i, name := range s.names {
		values[i] = a.value(name, now)
	}
	return values
}

func (a *arguments) value(name string, now *instant) any {
	switch name {
	case "key":
		return a.key
	case "from":
		return a.from
	case "to":
		return a.to
	case "limit":
		return int64(a.limit)
	case "created":
		return distance{stampOf(a.entry.Created), now}
	case "expires":
		return distance{stampAfter(a.entry.Expires), now}
	case "cost":
		return a.entry.Cost.Microseconds()
	case "size":
		return int64(len(a.entry.Value))
	case "meta":
		return filled(a.entry.Meta)
	case "value":
		return filled(a.entry.Value)
	case "token":
		return a.token
	case "seen":
		return a.seen
	case "ttl":
		return a.ttl
	case "failed":
		return a.failed
	case "taken":
		return a.taken
	case "now":
		return now
	case "version":
		return int64(version)
	case "identity":
		return a.identity
	default:
		panic("sqlbackend: no argument is named " + name)
	}
}

// filled is never nil, which drivers take for NULL.
func filled(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// row asks for one row; the error comes with its Scan.
func (b *Backend) row(ctx context.Context, q query, a *arguments) *sql.Row {
	s := b.schema.Load().queries[q]
	if s.stmt == nil {
		return b.db.QueryRowContext(ctx, s.text, a.bind(s)...)
	}
	return s.stmt.QueryRowContext(ctx, a.bind(s)...)
}

// rows asks for any number of rows.
func (b *Backend) rows(ctx context.Context, q query, values func(s *statement) []any) (*sql.Rows, error) {
	s := b.schema.Load().queries[q]
	if s.stmt == nil {
		return b.db.QueryContext(ctx, s.text, values(s)...)
	}
	return s.stmt.QueryContext(ctx, values(s)...)
}

// exec runs a statement by itself and returns how many rows it changed.
func (b *Backend) exec(ctx context.Context, s *statement, values []any) (int64, error) {
	var result sql.Result
	var err error
	if s.stmt == nil {
		result, err = b.db.ExecContext(ctx, s.text, values...)
	} else {
		result, err = s.stmt.ExecContext(ctx, values...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// exec runs a statement in the transaction.
func (t *transaction) exec(s *statement, values []any) (int64, error) {
	var result sql.Result
	var err error
	if s.stmt == nil {
		result, err = t.tx.ExecContext(t.ctx, s.text, values...)
	} else {
		result, err = t.tx.StmtContext(t.ctx, s.stmt).ExecContext(t.ctx, values...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
