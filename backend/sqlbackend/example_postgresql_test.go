package sqlbackend_test

import (
	"database/sql"
	"fmt"
	"log"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/cachier-go/cachier/backend/sqlbackend"
)

// PostgreSQL by pgx. New connects to nothing, so that a program starts also while
// its database doesn't run.
func ExampleNew_postgreSQL() {
	db, err := sql.Open("pgx", "postgres://app@db.example/app?connect_timeout=2")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(20) // what the server is to bear from this process
	db.SetMaxIdleConns(20) // and no fewer, or connections are made and dropped all the time
	db.SetConnMaxIdleTime(5 * time.Minute)

	store, err := sqlbackend.New(db, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	fmt.Println(store.Kind())
	// Output: sql
}

// PostgreSQL behind PgBouncer, which may give every transaction another
// connection, where statements that were prepared on the last one aren't known.
func ExampleOptions_unprepared() {
	db, err := sql.Open("pgx", "postgres://app@pooler.example:6432/app?default_query_exec_mode=exec")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	store, err := sqlbackend.New(db, &sqlbackend.Options{Unprepared: true})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	fmt.Println(store.Kind())
	// Output: sql
}
