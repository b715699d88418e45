package sqlbackend_test

import (
	"database/sql"
	"log"

	"github.com/cachier-go/cachier/backend/sqlbackend"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// A pool of connections to PostgreSQL that stay open, because connecting takes
// many times as long as a hit.
func ExampleNew_postgreSQL() {
	db, err := sql.Open("pgx", "postgres://app@db.internal/app")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(20)
	db.SetMaxIdleConns(20)

	store, err := sqlbackend.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}

// Behind a pooler that gives each transaction another connection of the
// server's, nothing can be prepared, by the driver neither.
func ExampleOptions_unprepared() {
	db, err := sql.Open("pgx", "postgres://app@pooler.internal/app?default_query_exec_mode=exec")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	store, err := sqlbackend.New(db, &sqlbackend.Options{Unprepared: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}
